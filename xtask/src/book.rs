//! The book, `docs/book/`, and the links of all documents.
//!
//! The provider's pages are what `accessiq connection guide` shows. mdBook makes web pages of the book for whoever wants
//! them; it is not needed for the checks here: every page is in the summary, and no link leads nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::shell::{Workspace, say};

const BOOK: &str = "docs/book";
const SUMMARY: &str = "docs/book/SUMMARY.md";

/// Renders a provider's page from the binary in the target folder, which must be built.
pub fn guide(workspace: &Workspace, provider: &str) -> Result<String> {
    let text = workspace.accessiq(&["connection", "guide", "--provider", provider])?;
    let (title, rest) = text.split_once('\n').context("a guide is more than its title")?;
    let source = format!("crates/web/guides/{provider}.toml");
    Ok(format!("{title}\n\n<!-- Generated from {source} by `cargo xtask generate`. Do not edit. -->\n{rest}"))
}

/// Checks that every page of the book is in its summary and every link to a file leads to one.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut files = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    find_pages(&workspace.root, Path::new("docs"), &mut files)?;
    let mut faults = Vec::new();
    for file in &files {
        faults.extend(dead_links(&workspace.root, file)?);
    }
    let text =
        fs::read_to_string(workspace.root.join(SUMMARY)).context("could not read the book's summary")?;
    let listed: BTreeSet<PathBuf> =
        read(&text).links.iter().map(|link| resolved(Path::new(SUMMARY), link)).collect();
    let pages = files.iter().filter(|file| file.starts_with(BOOK) && **file != Path::new(SUMMARY));
    let unlisted = pages.filter(|page| !listed.contains(*page));
    faults.extend(unlisted.map(|page| format!("{}: the summary does not list it", page.display())));
    if !faults.is_empty() {
        bail!("documents:\n  {}", faults.join("\n  "));
    }
    say(&format!("documents: {} files, no link leads nowhere", files.len()));
    Ok(())
}

fn find_pages(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(root.join(folder)).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            find_pages(root, &path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

fn dead_links(root: &Path, file: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(root.join(file)).with_context(|| format!("could not read {}", file.display()))?;
    let mut faults = Vec::new();
    for link in read(&text).links {
        if let Some(fault) = fault_of(root, file, &link)? {
            faults.push(format!("{}: {link} {fault}", file.display()));
        }
    }
    Ok(faults)
}

/// What is wrong with a link. Addresses of the web are not asked for.
fn fault_of(root: &Path, file: &Path, link: &str) -> Result<Option<&'static str>> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(None);
    }
    let target = resolved(file, link);
    if file.starts_with(BOOK) && !target.starts_with(BOOK) {
        return Ok(Some("leaves the book, which is published by itself"));
    }
    let path = root.join(&target);
    if !path.exists() {
        return Ok(Some("leads nowhere"));
    }
    let Some((_, anchor)) = link.split_once('#') else { return Ok(None) };
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", target.display()))?;
    Ok((!read(&text).anchors.contains(anchor)).then_some("names no heading there"))
}

/// The file that a link in `file` leads to, from the root.
fn resolved(file: &Path, link: &str) -> PathBuf {
    let path = link.split_once('#').map_or(link, |(path, _)| path);
    if path.is_empty() {
        return file.to_owned();
    }
    let mut target = file.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                target.pop();
            }
            Component::CurDir => {}
            other => target.push(other),
        }
    }
    target
}

/// What a document links to, and what may be linked to in it.
struct Document {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

fn read(text: &str) -> Document {
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take().as_deref().map(anchor)),
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            _ => {}
        }
    }
    Document { links, anchors }
}

/// A heading's anchor, by the rule that GitHub and mdBook share.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|one| one.is_alphanumeric() || "-_ ".contains(*one));
    kept.map(|one| if one == ' ' { '-' } else { one }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{fault_of, read, resolved};
    use std::fs;
    use std::path::Path;

    #[test]
    fn links_and_anchors_are_read_from_prose_alone() {
        let text = "# 409 uniqueness: User exists\n\n[a](b.md#c) `[no](link)`\n\n```\n[no](link)\n```\n";
        let document = read(text);
        assert_eq!(document.links, ["b.md#c"]);
        assert!(document.anchors.contains("409-uniqueness-user-exists"), "{:?}", document.anchors);
    }

    #[test]
    fn links_are_resolved_from_their_file() {
        let of = |file: &str, link: &str| resolved(Path::new(file), link);
        assert_eq!(of("docs/book/a.md", "providers/b.md#c"), Path::new("docs/book/providers/b.md"));
        assert_eq!(of("docs/book/providers/b.md", "../a.md"), Path::new("docs/book/a.md"));
        assert_eq!(of("docs/a.md", "#here"), Path::new("docs/a.md"));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_a_fault() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = Path::new("src/main.rs");
        assert!(fs::exists(root.join(file)).expect("a readable folder"));
        let fault = |link: &str| fault_of(root, file, link).expect("readable files");
        assert_eq!(fault("book.rs"), None);
        assert_eq!(fault("https://example.com/nothing"), None);
        assert_eq!(fault("nothing.rs"), Some("leads nowhere"));
        assert_eq!(fault("book.rs#nothing"), Some("names no heading there"));
        let out = fault_of(root, Path::new("docs/book/a.md"), "../../src/main.rs").expect("readable files");
        assert_eq!(out, Some("leaves the book, which is published by itself"));
    }
}
