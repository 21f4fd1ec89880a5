//! The tree of organizations: as much of it at once as a page bears, every part of it one link away; and making one.

use super::asked::Asked;
use super::links;
use super::person::SUGGESTED;
use super::refusal::Refusal;
use crate::console::desk::Desk;
use crate::console::form::{Fields, done};
use crate::console::frame::{Frame, Section, Theme, page, page_with};
use crate::console::trouble::Trouble;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use provisioning::organizations::{self as rules, KINDS, Wanted};
use scim::fold::fold;
use std::collections::{HashMap, HashSet, VecDeque};
use store::memberships;
use store::organizations::{self, Organization};

/// How many organizations a page shows, at most.
const SHOWN: usize = 300;
/// How many that stand directly below the one in question a page shows.
const CHILDREN: usize = 100;
/// With so few nothing is folded away.
const FEW: usize = 40;

/// A step of writing the tree down.
enum Step {
    /// An organization; what stands below it follows up to its [`Step::Close`].
    Node(Node),
    /// Below it come the next ones.
    Open { count: i64, is_open: bool },
    /// The end of what stands below.
    Close,
    /// The end of an organization.
    End,
}

/// An organization in the tree.
struct Node {
    name: String,
    path: String,
    kind: String,
    members: i64,
    is_archived: bool,
    hidden: i64,
    hidden_path: String,
    above: String,
}

#[derive(Template)]
#[template(path = "directory/organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    query: String,
    at: Option<(String, String)>,
    line: Vec<(String, String)>,
    steps: Vec<Step>,
    is_tree: bool,
    is_archive: bool,
    total: i64,
    archived: i64,
    all: String,
    archive: String,
    next: Option<String>,
    first: Option<String>,
    new: String,
}

/// The organizations of a tenant, as a tree.
struct Forest {
    known: HashMap<String, Organization>,
    children: HashMap<String, Vec<String>>,
}

impl Forest {
    fn of(all: Vec<Organization>) -> Self {
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        let mut standing: Vec<&Organization> =
            all.iter().filter(|found| found.archived_at.is_none()).collect();
        standing.sort_by_cached_key(|found| fold(&found.name));
        for found in standing {
            if let Some(parent) = &found.parent {
                children.entry(parent.clone()).or_default().push(found.id.clone());
            }
        }
        Self { known: all.into_iter().map(|found| (found.id.clone(), found)).collect(), children }
    }

    fn below(&self, id: &str) -> &[String] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// Those above an organization, the root first.
    fn line(&self, id: &str) -> Vec<&Organization> {
        let mut line: Vec<&Organization> = Vec::new();
        let mut above = self.known.get(id).and_then(|found| found.parent.as_ref());
        while let Some(found) = above.and_then(|id| self.known.get(id)) {
            if line.iter().any(|known| known.id == found.id) {
                break;
            }
            line.push(found);
            above = found.parent.as_ref();
        }
        line.reverse();
        line
    }

    /// Whose children are shown: breadth first, as long as all of somebody's children have room.
    fn chosen(&self, first: &[String]) -> HashSet<String> {
        let mut room = SHOWN.saturating_sub(first.len());
        let mut open: VecDeque<&String> = first.iter().collect();
        let mut chosen = HashSet::new();
        while let Some(id) = open.pop_front() {
            let below = self.below(id);
            if below.len() <= room && chosen.insert(id.clone()) {
                room -= below.len();
                open.extend(below);
            }
        }
        chosen
    }
}

/// `GET /organizations`.
pub async fn list(desk: Desk) -> Result<Response, Trouble> {
    let asked = Asked::of(&desk);
    let (tenant, root) = (desk.tenant.tenant, desk.tenant.root_organization.clone());
    let store = desk.app.store();
    let all = store.read_long_of(tenant, move |tx| organizations::all(tx, tenant)).await?;
    let forest = Forest::of(all);
    let (query, is_archive) = (asked.text("q").to_owned(), asked.text("show") == "archived");
    let is_tree = query.is_empty() && !is_archive;
    let at = Some(asked.text("at")).filter(|at| !at.is_empty()).unwrap_or(&root).to_owned();
    let at =
        forest.known.get(&at).filter(|found| found.archived_at.is_none()).ok_or_else(Trouble::not_found)?;
    let chosen = if is_tree { forest.below(&at.id).to_vec() } else { matching(&forest, &query, is_archive) };
    let after = asked.text("after");
    let begin = chosen.iter().position(|id| id == after).map_or(0, |place| place + 1);
    let end = chosen.len().min(begin + CHILDREN);
    let shown = &chosen[begin..end];
    let open = if is_tree { forest.chosen(shown) } else { HashSet::new() };
    let mut writer = Writer { desk: &desk, forest: &forest, open, is_tree, steps: Vec::new(), few: true };
    writer.few = shown.len() + writer.open.iter().map(|id| forest.below(id).len()).sum::<usize>() <= FEW;
    for id in shown {
        writer.node(id);
    }
    let mut steps = writer.steps;
    count_members(&desk, &mut steps).await?;
    let archived = forest.known.values().filter(|found| found.archived_at.is_some()).count();
    let standing = forest.known.len() - archived;
    let link =
        |found: &Organization| (found.name.clone(), desk.path(&format!("/organizations?at={}", found.id)));
    page(&OrganizationsPage {
        frame: desk.frame(Section::Organizations, "Organizations"),
        line: if is_tree { forest.line(&at.id).into_iter().map(link).collect() } else { Vec::new() },
        at: is_tree.then(|| (at.name.clone(), links::organization(&desk, &at.id))),
        steps,
        is_tree,
        is_archive,
        total: count(if is_tree { standing } else { chosen.len() }),
        archived: count(archived),
        all: desk.path("/organizations"),
        archive: desk.path("/organizations?show=archived"),
        next: chosen.get(end).and(shown.last()).map(|last| asked.with(&[("after", last)])),
        first: (begin > 0).then(|| asked.with(&[("after", "")])),
        new: desk.path(&format!("/organizations/new?parent={}", at.id)),
        query,
    })
}

/// The organizations whose name or slug has the words in it, in the order of their names.
fn matching(forest: &Forest, query: &str, is_archive: bool) -> Vec<String> {
    let words: Vec<String> = fold(query).split_whitespace().map(str::to_owned).collect();
    let mut found: Vec<(String, &String)> = Vec::new();
    for organization in forest.known.values().filter(|found| found.archived_at.is_some() == is_archive) {
        let name = fold(&organization.name);
        if words.iter().all(|word| name.contains(word) || organization.slug.contains(word)) {
            found.push((name, &organization.id));
        }
    }
    found.sort();
    found.into_iter().map(|(_, id)| id.clone()).collect()
}

/// Writes the tree down, step by step.
struct Writer<'w> {
    desk: &'w Desk,
    forest: &'w Forest,
    open: HashSet<String>,
    is_tree: bool,
    few: bool,
    steps: Vec<Step>,
}

impl Writer<'_> {
    fn node(&mut self, id: &str) {
        let Some(found) = self.forest.known.get(id) else { return };
        let below = self.forest.below(id);
        let is_open = self.open.contains(id);
        let above: Vec<&str> = self.forest.line(id).iter().map(|found| found.name.as_str()).collect();
        self.steps.push(Step::Node(Node {
            name: found.name.clone(),
            path: links::organization(self.desk, id),
            kind: found.kind.clone(),
            members: 0,
            is_archived: found.archived_at.is_some(),
            hidden: if is_open { 0 } else { count(below.len()) },
            hidden_path: self.desk.path(&format!("/organizations?at={id}")),
            above: if self.is_tree { String::new() } else { above.join(" › ") },
        }));
        if is_open && !below.is_empty() {
            self.steps.push(Step::Open { count: count(below.len()), is_open: self.few });
            for child in below {
                self.node(child);
            }
            self.steps.push(Step::Close);
        }
        self.steps.push(Step::End);
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Tells of each organization on the page how many members it has itself.
async fn count_members(desk: &Desk, steps: &mut [Step]) -> Result<(), Trouble> {
    let tenant = desk.tenant.tenant;
    let id_of = |node: &Node| node.path.rsplit('/').next().unwrap_or_default().to_owned();
    let ids: Vec<String> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Node(node) => Some(id_of(node)),
            _ => None,
        })
        .collect();
    let counts = desk
        .app
        .store()
        .read_long_of(tenant, move |tx| {
            ids.iter().map(|id| memberships::count_at(tx, tenant, id)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let nodes = steps.iter_mut().filter_map(|step| match step {
        Step::Node(node) => Some(node),
        _ => None,
    });
    for (node, count) in nodes.zip(counts) {
        node.members = count;
    }
    Ok(())
}

/// What was typed of a new organization.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    slug: String,
    kind: String,
    parent: String,
}

#[derive(Template)]
#[template(path = "directory/organization-new.html")]
struct NewPage {
    frame: Frame,
    all: String,
    kinds: [&'static str; 4],
    typed: Typed,
    suggested: Vec<Organization>,
    wrong: Option<String>,
}

/// `GET /organizations/new`.
pub async fn new(desk: Desk) -> Result<Response, Trouble> {
    let asked = Asked::of(&desk);
    let tenant = desk.tenant.tenant;
    let parent = Some(asked.text("parent")).filter(|id| !id.is_empty());
    let parent = parent.unwrap_or(&desk.tenant.root_organization);
    let parent = desk.app.store().read(|tx| organizations::by_id(tx, tenant, parent))?;
    let parent = parent.ok_or_else(Trouble::not_found)?;
    let typed = Typed { kind: "team".into(), parent: parent.slug, ..Typed::default() };
    new_page(&desk, typed, None).await
}

async fn new_page(desk: &Desk, typed: Typed, refusal: Option<Refusal>) -> Result<Response, Trouble> {
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status);
    let page = NewPage {
        frame: desk.frame(Section::Organizations, "New organization"),
        all: desk.path("/organizations"),
        kinds: KINDS,
        typed,
        suggested: suggested(desk).await?,
        wrong: refusal.map(|refusal| refusal.detail),
    };
    page_with(status, &page)
}

/// Some organizations to choose from.
pub async fn suggested(desk: &Desk) -> Result<Vec<Organization>, Trouble> {
    let tenant = desk.tenant.tenant;
    let mut all = desk.app.store().read_long_of(tenant, move |tx| organizations::all(tx, tenant)).await?;
    all.retain(|organization| organization.archived_at.is_none());
    all.truncate(SUGGESTED);
    Ok(all)
}

/// `POST /organizations/new`.
pub async fn create(desk: Desk, fields: Fields) -> Result<Response, Trouble> {
    let text = |name: &str| fields.text(name).to_owned();
    let typed = Typed { name: text("name"), slug: text("slug"), kind: text("type"), parent: text("parent") };
    let wanted = Wanted {
        name: Some(typed.name.clone()),
        slug: fields.optional("slug").map(str::to_owned),
        kind: Some(typed.kind.clone()),
        parent: fields.optional("parent").map(str::to_owned),
    };
    match rules::create(desk.app.store(), &desk.operator(), &desk.tenant, wanted).await {
        Ok(made) => {
            let sentence = format!("Organization “{}” was created.", made.name);
            Ok(done(&desk, &links::organization(&desk, &made.id), &sentence))
        }
        Err(error) => new_page(&desk, typed, Some(Refusal::of(error)?)).await,
    }
}
