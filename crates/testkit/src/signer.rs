//! Keys that tests sign with, as Entra ID and OAuth clients do: made anew each time, by the library itself and not by
//! the code under test.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A private key with a name.
pub struct Signer {
    id: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaPair>),
    Elliptic(Box<EcdsaKeyPair>),
}

impl Signer {
    /// An RSA key of 2048 bits.
    pub fn rsa(id: &str) -> Self {
        let pair = RsaPair::generate(KeySize::Rsa2048).expect("an RSA key");
        Self { id: id.to_owned(), pair: Pair::Rsa(Box::new(pair)) }
    }

    /// A key on the curve P-256.
    pub fn elliptic(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key");
        Self { id: id.to_owned(), pair: Pair::Elliptic(Box::new(pair)) }
    }

    /// The public half, as a JWK.
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let (modulus, exponent) = (public.modulus(), public.exponent());
                json!({
                    "kty": "RSA",
                    "use": "sig",
                    "kid": self.id,
                    "n": encoded(modulus.big_endian_without_leading_zero()),
                    "e": encoded(exponent.big_endian_without_leading_zero()),
                })
            }
            Pair::Elliptic(pair) => {
                // 4, then x and y (SEC 1 §2.3.3).
                let point = pair.public_key().as_ref();
                json!({
                    "kty": "EC",
                    "crv": "P-256",
                    "kid": self.id,
                    "x": encoded(&point[1..33]),
                    "y": encoded(&point[33..65]),
                })
            }
        }
    }

    /// A token that this key signed with the algorithm of its header, named in it.
    pub fn sign(&self, algorithm: &str, claims: &Value) -> String {
        self.sign_under(&json!({ "alg": algorithm, "typ": "JWT", "kid": self.id }), claims)
    }

    /// The same, with a header of the test's own.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = match (&self.pair, header["alg"].as_str().unwrap_or_default()) {
            (Pair::Rsa(pair), "RS384") => signed(pair, &RSA_PKCS1_SHA384, &message),
            (Pair::Rsa(pair), "PS256") => signed(pair, &RSA_PSS_SHA256, &message),
            (Pair::Rsa(pair), _) => signed(pair, &RSA_PKCS1_SHA256, &message),
            (Pair::Elliptic(pair), _) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature").as_ref().to_vec()
            }
        };
        format!("{message}.{}", encoded(&signature))
    }

    /// A token "signed" with HS256 and the public key for its secret: what a careless verifier takes.
    pub fn confuse(&self, claims: &Value) -> String {
        let Pair::Rsa(pair) = &self.pair else { panic!("confusion takes an RSA key") };
        let public = pair.public_key().as_der().expect("a public key");
        let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_ref());
        let message = message(&json!({ "alg": "HS256", "typ": "JWT", "kid": self.id }), claims);
        format!("{message}.{}", encoded(hmac::sign(&key, message.as_bytes()).as_ref()))
    }

    /// A token without a signature.
    pub fn leave_unsigned(&self, claims: &Value) -> String {
        format!("{}.", message(&json!({ "alg": "none", "typ": "JWT", "kid": self.id }), claims))
    }
}

/// A JWK Set of the public halves of these keys.
pub fn jwks(signers: &[&Signer]) -> Value {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() })
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()))
}

fn signed(pair: &RsaPair, encoding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
    signature
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
