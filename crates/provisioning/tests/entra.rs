//! Whose tokens are believed, and where their keys may be: each cloud of Microsoft's, and nothing else.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use provisioning::Settings;
use provisioning::entra::Candidate;
use serde_json::{Value, json};
use testkit::NEW_YEAR;
use testkit::authority::ENTRA_TENANT;
use testkit::signer::Signer;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in pairs {
        settings.set(key, value, &[]).unwrap();
    }
    settings
}

fn token(issuer: &str, audience: &str) -> String {
    let claims = json!({
        "iss": issuer,
        "aud": audience,
        "tid": ENTRA_TENANT,
        "exp": NEW_YEAR / 1_000_000 + 60,
    });
    // The algorithm is named alone: nobody looks at the signature yet.
    Signer::elliptic("first").sign_under(&json!({ "alg": "RS256", "kid": "first" }), &claims)
}

fn discovery(issuer: &str, keys: &str) -> Value {
    json!({ "issuer": issuer, "jwks_uri": keys })
}

/// E-2: the audience of every application outside the gallery, and the issuers of both versions, in each cloud.
#[test]
fn each_cloud_has_its_issuers_audience_and_keys() {
    for (authority, first, audience, other_host) in [
        (
            "https://login.microsoftonline.com",
            "https://sts.windows.net",
            "8adf8e6e-67b2-4cf2-a259-e3dc5476c621",
            Some("https://login.windows.net"),
        ),
        (
            "https://login.microsoftonline.us",
            "https://sts.windows.net",
            "4602d0b4-76bb-404b-bca9-2652e1a39c6d",
            None,
        ),
        (
            "https://login.partner.microsoftonline.cn",
            "https://sts.chinacloudapi.cn",
            "5a532e38-1581-4918-9658-008dc27c1d68",
            Some("https://login.chinacloudapi.cn"),
        ),
    ] {
        let settings =
            settings(&[("entra-tenant", &ENTRA_TENANT.to_ascii_uppercase()), ("entra-authority", authority)]);
        for (issuer, path) in
            [(format!("{first}/{ENTRA_TENANT}/"), ""), (format!("{authority}/{ENTRA_TENANT}/v2.0"), "/v2.0")]
        {
            let token = token(&issuer, audience);
            let candidate = Candidate::read(&token, &settings.entra, NEW_YEAR);
            let candidate = candidate.unwrap_or_else(|reason| panic!("{reason}"));
            let source = candidate.source();
            assert_eq!(source.issuer(), issuer);
            assert!(!source.is_loopback());
            assert_eq!(
                source.discovery(),
                format!("{authority}/{ENTRA_TENANT}{path}/.well-known/openid-configuration")
            );
            let hosts = [Some(authority), other_host].into_iter().flatten();
            for host in hosts {
                let keys = format!("{host}/common/discovery/keys");
                assert_eq!(source.key_address(&discovery(&issuer, &keys)), Ok(keys.as_str()));
            }
            for elsewhere in [
                "https://evil.example/keys".to_owned(),
                format!("{authority}.evil.example/keys"),
                format!("{authority}@evil.example/keys"),
                format!("{authority}:8443/keys"),
                authority.replace("https", "http"),
                format!("{}/keys", authority.replace("https", "http")),
                "http://127.0.0.1:1/keys".into(),
                String::new(),
            ] {
                assert!(source.key_address(&discovery(&issuer, &elsewhere)).is_err(), "{elsewhere}");
            }
            let keys = format!("{authority}/common/discovery/keys");
            assert!(source.key_address(&discovery("https://sts.windows.net/common/", &keys)).is_err());
        }
    }
}

#[test]
fn a_setting_cannot_point_anywhere_else() {
    for (key, value) in [
        ("entra-tenant", "acme.onmicrosoft.com"),
        ("entra-tenant", "common"),
        ("entra-tenant", "cbb1a5ac-f33b-45fa-9bf5-f37db0fed42"),
        ("entra-tenant", "cbb1a5ac/f33b-45fa-9bf5-f37db0fed422"),
        ("entra-audience", "two words"),
        ("entra-authority", "https://evil.example"),
        ("entra-authority", "https://login.microsoftonline.com.evil.example"),
        ("entra-authority", "https://login.microsoftonline.com/common"),
        ("entra-authority", "http://login.microsoftonline.com"),
        ("entra-authority", "http://10.0.0.1:80"),
        ("entra-authority", "http://169.254.169.254:80"),
        ("entra-authority", "http://127.0.0.1:80/path"),
        ("entra-authority", "http://user@127.0.0.1:80"),
        ("entra-authority", "http://localhost:80"),
        ("entra-authority", "https://127.0.0.1:443"),
    ] {
        let mut settings = Settings::default();
        let error = settings.set(key, value, &[]).expect_err(value).to_string();
        assert!(error.starts_with(key), "{error}");
        assert_eq!(settings, Settings::default());
    }
}

#[test]
fn settings_are_kept_and_taken_back() {
    let chosen = settings(&[
        ("entra-tenant", ENTRA_TENANT),
        ("entra-audience", "api://accessiq"),
        ("entra-authority", "https://login.microsoftonline.us/"),
    ]);
    let kept = serde_json::to_string(&chosen).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&kept).unwrap(), chosen);
    assert_eq!(chosen.entra.authority.as_deref(), Some("https://login.microsoftonline.us"));
    let mut none = chosen;
    for key in ["entra-tenant", "entra-audience", "entra-authority"] {
        none.set(key, "", &[]).unwrap();
    }
    assert_eq!(none, Settings::default());
    // As releases before this one wrote them.
    let before = r#"{"mode":"lenient","required":"standard","groups":true,"off":[],"sensitive":[]}"#;
    assert_eq!(serde_json::from_str::<Settings>(before).unwrap(), Settings::default());
}
