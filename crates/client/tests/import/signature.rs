//! Signature Version 4, against test vectors that AWS published ("AWS Signature Version 4 Test Suite").

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use client::import::aws::signature::{Scope, headers};

/// A vector: method, path and query, headers beside `host` and `x-amz-date`, body, signed headers, signature.
struct Vector {
    name: &'static str,
    method: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    signed: &'static str,
    signature: &'static str,
}

const VECTORS: [Vector; 5] = [
    Vector {
        name: "get-vanilla",
        method: "GET",
        target: "/",
        headers: &[],
        body: "",
        signed: "host;x-amz-date",
        signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    Vector {
        name: "get-vanilla-query-order-key-case",
        method: "GET",
        target: "/?Param2=value2&Param1=value1",
        headers: &[],
        body: "",
        signed: "host;x-amz-date",
        signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    Vector {
        name: "post-vanilla",
        method: "POST",
        target: "/",
        headers: &[],
        body: "",
        signed: "host;x-amz-date",
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    },
    Vector {
        name: "post-header-key-sort",
        method: "POST",
        target: "/",
        headers: &[("my-header1", "value1")],
        body: "",
        signed: "host;my-header1;x-amz-date",
        signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    },
    Vector {
        name: "post-x-www-form-urlencoded",
        method: "POST",
        target: "/",
        headers: &[("content-type", "application/x-www-form-urlencoded")],
        body: "Param1=value1",
        signed: "content-type;host;x-amz-date",
        signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    },
];

/// 2015-08-30T12:36:00Z
const AT: Duration = Duration::from_mins(24_015_636);

fn signed(vector: &Vector, token: Option<&str>) -> Vec<(String, String)> {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let credentials = Credentials::new("AKIDEXAMPLE", secret, token.map(str::to_owned), None, "test");
    let scope = Scope { region: "us-east-1", service: "service", at: UNIX_EPOCH + AT };
    let url = format!("https://example.amazonaws.com{}", vector.target);
    headers(scope, &credentials, vector.method, &url, vector.headers, vector.body.as_bytes()).unwrap()
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    &headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).unwrap().1
}

#[test]
fn published_vectors() {
    for vector in &VECTORS {
        let headers = signed(vector, None);
        let wanted = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, Signature={}",
            vector.signed, vector.signature
        );
        assert_eq!(value(&headers, "authorization"), wanted, "{}", vector.name);
        assert_eq!(value(&headers, "x-amz-date"), "20150830T123600Z", "{}", vector.name);
    }
}

/// `post-sts-header-before`: the token is signed as well.
#[test]
fn a_session_token_is_sent_and_signed() {
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTfl\
                 fKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8T\
                 x6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJ\
                 abIQwj2ICCR/oLxBA==";
    let headers = signed(&VECTORS[2], Some(token));
    assert_eq!(value(&headers, "x-amz-security-token"), token);
    let authorization = value(&headers, "authorization");
    let wanted = "SignedHeaders=host;x-amz-date;x-amz-security-token, \
                  Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead";
    assert!(authorization.ends_with(wanted), "{authorization}");
}
