//! The guides for administrators: whole, and true to what the service says.

mod errors;

use scim::Provider;
use std::collections::BTreeSet;
use web::guides::{Guide, Place, guide};

fn guides() -> impl Iterator<Item = Guide> {
    Provider::ALL.into_iter().map(|provider| guide(provider, &Place::EXAMPLE).expect("a guide"))
}

#[test]
fn every_provider_has_a_whole_guide() {
    for (provider, guide) in Provider::ALL.into_iter().zip(guides()) {
        assert_eq!(guide.provider, provider);
        let lists = [
            &guide.summary,
            &guide.before,
            &guide.groups,
            &guide.timing,
            &guide.test,
            &guide.limits,
            &guide.rotate,
            &guide.back,
        ];
        assert!(lists.iter().all(|list| !list.is_empty()), "{provider}: an empty list");
        let counts = [guide.steps.len(), guide.mappings.len(), guide.expect.len(), guide.sources.len()];
        assert!(counts.iter().all(|count| *count > 0), "{provider}: {counts:?}");
        assert!(guide.sources.iter().all(|source| source.url.starts_with("https://")), "{provider}");
    }
}

#[test]
fn each_error_stands_in_a_guide_once() {
    let mut told = BTreeSet::new();
    for guide in guides() {
        let ids: Vec<String> = guide.errors.iter().map(|error| error.id.clone()).collect();
        let distinct: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(ids.len(), distinct.len(), "{}: an error is there twice", guide.provider);
        assert!(ids.iter().any(|id| id == "wrong-token"), "{}: the first error of all", guide.provider);
        told.extend(ids);
    }
    let known: BTreeSet<String> = errors::known().keys().cloned().collect();
    assert_eq!(told, known, "every error is told in some guide");
}

#[test]
fn a_guide_is_for_the_connection_it_is_asked_for() {
    let base_url = "https://iam.acme.example/scim/v2/7";
    let place = Place { base_url, connection: "7", tenant: "Acme & Söhne" };
    for provider in Provider::ALL {
        let text = guide(provider, &place).expect("a guide").to_string();
        assert!(text.contains(base_url) && text.contains("--connection 7"), "{provider}");
        assert!(!text.contains("iam.example.com") && !text.contains(" CONNECTION"), "{provider}");
        assert!(text.contains("--tenant \"Acme & Söhne\""), "{provider}");
    }
}

#[test]
fn a_guide_is_markdown_that_renders() {
    for guide in guides() {
        let text = guide.to_string();
        assert!(text.starts_with("# Connect ") && text.ends_with(")\n"), "{}", guide.provider);
        assert_eq!(text.matches("```").count() % 2, 0, "{}: a code block is not closed", guide.provider);
        let tables: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        assert!(tables.iter().all(|line| bars(line) == 4), "{}: a row of another width", guide.provider);
        let mut prose = text.lines().filter(|line| !line.starts_with("```"));
        let open = prose.find(|line| line.matches('`').count() % 2 != 0);
        assert_eq!(open, None, "{}: code is not closed", guide.provider);
    }
}
