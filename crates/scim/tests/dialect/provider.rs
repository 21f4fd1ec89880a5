//! The names of providers.

use scim::Provider;

/// Each provider goes by one name in settings and by another for people.
#[test]
fn providers_have_names() {
    for provider in Provider::ALL {
        assert_eq!(provider.to_string().parse(), Ok(provider));
        assert_eq!(serde_json::to_value(provider).unwrap(), provider.to_string());
        assert!(!provider.label().is_empty());
    }
    assert_eq!(
        Provider::ALL.map(Provider::repeats_creations).into_iter().filter(|repeats| *repeats).count(),
        1
    );
    assert_eq!("Entra".parse(), Ok(Provider::Entra));
    assert_eq!(Provider::Entra.label(), "Microsoft Entra ID");
    let error = "azure".parse::<Provider>().unwrap_err().to_string();
    assert_eq!(
        error,
        "\"azure\" is not an identity provider; use okta, entra, google, auth0, cognito or generic"
    );
}
