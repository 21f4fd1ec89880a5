//! Lists, page by page (RFC 7644 §3.4.2).

use std::collections::HashSet;

use serde_json::json;

use crate::check::answer::Answer;
use crate::check::catalogue::Provider::{Every, Google, Okta};
use crate::check::catalogue::{Check, harm, must, remark, run};
use crate::check::session::{Session, encoded};
use crate::check::verdict::{Ended, Verdict, ensure, skipped};

pub(super) const CHECKS: &[Check] = &[
    must(
        "list-numbers",
        "A page has totalResults, startIndex and itemsPerPage as whole numbers",
        &["R7644-3.4.2-05", "Q-8"],
        run!(numbers),
    )
    .harms(&[harm(Okta, "O-2", "fails its connection test on anything else")]),
    must(
        "list-first",
        "`count=1` is one resource, and itemsPerPage says so",
        &["R7644-3.4.2-10", "Q-26"],
        run!(first),
    )
    .harms(&[
        harm(Okta, "O-24", "asks for itemsPerPage 1 in its test suite"),
        harm(Google, "G-3", "begins with this request"),
    ]),
    must(
        "list-pages",
        "Pages have every user once, and one total",
        &["R7644-3.4.2.4-07", "Q-26"],
        run!(pages),
    )
    .harms(&[harm(
        Okta,
        "O-6",
        "imports somebody twice, or not at all, and then takes them for removed",
    )]),
    must("list-start-index", "startIndex below 1 means 1", &["R7644-3.4.2.4-01", "Q-26"], run!(start_index)),
    must("list-count-zero", "`count=0` is the total alone", &["R7644-3.4.2.4-03", "Q-26"], run!(count_zero)),
    must(
        "list-count-negative",
        "A negative count means 0",
        &["R7644-3.4.2.4-03", "Q-26"],
        run!(count_negative),
    ),
    must(
        "list-count-large",
        "A count above the limit is capped, not refused",
        &["R7644-3.4.2.4-04", "Q-26"],
        run!(count_large),
    ),
    must(
        "list-past-the-end",
        "A page behind the end is empty, with the true total",
        &["R7644-3.4.2.4-05"],
        run!(past_the_end),
    )
    .harms(&[harm(Okta, "O-6", "pages until the total says that it has everybody")]),
    must(
        "list-attributes",
        "`attributes` shapes the resources of a list",
        &["R7644-3.9-04"],
        run!(attributes),
    ),
    must("list-groups", "Groups are listed as users are", &["R7644-3.4.2-02"], run!(groups)).harms(&[harm(
        Okta,
        "O-2",
        "tests the connection so when groups are imported",
    )]),
    must(
        "list-sort",
        "`sortBy` orders, without regard to case",
        &["R7644-3.4.2.3-02", "R7644-3.4.2.3-04"],
        run!(sort),
    ),
    must(
        "list-sort-ignored",
        "A server without sorting ignores `sortBy`",
        &["R7644-3.4.2.3-01"],
        run!(sort_ignored),
    ),
    must(
        "list-cursor",
        "Pages by cursor have every user once, and end",
        &["R9865-2-01", "R9865-2-02"],
        run!(cursor),
    ),
    remark("list-speed", "Lists of users and groups come within 600 ms", &["Q-24"], run!(speed)).harms(&[
        harm(Okta, "O-22", "gives /Groups 600 ms in its test suite"),
        harm(Every, "Q-24", "may give up on a slow answer"),
    ]),
];

/// Makes three users; gives their ids and a filter that finds just them.
async fn three(on: &mut Session) -> Result<(Vec<String>, String), Ended> {
    let family = on.user_body()["displayName"].as_str().unwrap_or_default().to_owned();
    let mut ids = Vec::new();
    for given in ["b", "A", "c"] {
        let user = on.user_with(json!({ "name": { "givenName": given, "familyName": family } })).await?;
        ids.push(user.id);
    }
    let filter = format!("filter={}", encoded(&format!("name.familyName eq \"{family}\"")));
    let answer = on.get(&format!("/Users?{filter}")).await?;
    let expected: Vec<&str> = ids.iter().map(String::as_str).collect();
    match answer.lists(&expected) {
        Ok(()) => Ok((ids, filter)),
        Err(_) => Err(skipped(format!(
            "a filter by name.familyName does not find the three users: {}",
            answer.summary()
        ))),
    }
}

fn ids(answer: &Answer) -> Result<Vec<String>, Ended> {
    let resources = answer.list()?.iter();
    Ok(resources.filter_map(|resource| resource["id"].as_str()).map(str::to_owned).collect())
}

/// How many there are, where the page begins and how long it is.
fn counts(answer: &Answer) -> Verdict {
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        ensure(
            answer.body[name].is_u64(),
            format!("{name} is a whole number"),
            answer.body[name].to_string(),
        )?;
    }
    Ok(())
}

async fn numbers(on: &mut Session) -> Verdict {
    on.reader().await?;
    let answer = on.get("/Users?startIndex=1&count=2").await?;
    ensure(!answer.list()?.is_empty(), "at least one user", "none")?;
    counts(&answer)
}

async fn first(on: &mut Session) -> Verdict {
    on.reader().await?;
    let answer = on.get("/Users?count=1&startIndex=1").await?;
    let length = answer.list()?.len();
    ensure(
        length == 1 && answer.body["itemsPerPage"] == 1,
        "one user, and itemsPerPage 1",
        format!("{length}, and itemsPerPage {}", answer.body["itemsPerPage"]),
    )
}

async fn pages(on: &mut Session) -> Verdict {
    let (all, filter) = three(on).await?;
    let mut seen = HashSet::new();
    for start in 1..=3 {
        let answer = on.get(&format!("/Users?{filter}&startIndex={start}&count=1")).await?;
        let page = ids(&answer)?;
        ensure(page.len() == 1, format!("one user on page {start}"), page.len().to_string())?;
        seen.extend(page);
        let total = &answer.body["totalResults"];
        ensure(*total == 3, "totalResults 3 on every page", total.to_string())?;
    }
    let whole = all.iter().all(|id| seen.contains(id));
    ensure(whole, "all three users, each on one page", format!("{} of them", seen.len()))
}

async fn start_index(on: &mut Session) -> Verdict {
    on.reader().await?;
    for start in [0, -5] {
        let answer = on.get(&format!("/Users?startIndex={start}&count=1")).await?;
        ensure(answer.list()?.len() == 1, "the first page", "another")?;
        ensure(answer.body["startIndex"] == 1, "startIndex 1", answer.body["startIndex"].to_string())?;
    }
    Ok(())
}

async fn total_alone(on: &mut Session, count: i32) -> Verdict {
    on.reader().await?;
    let answer = on.get(&format!("/Users?count={count}")).await?;
    let length = answer.list()?.len();
    let total = answer.body["totalResults"].as_u64().unwrap_or_default();
    ensure(
        length == 0 && total > 0,
        "no resources, and how many there are",
        format!("{length} resources, totalResults {total}"),
    )
}

async fn count_zero(on: &mut Session) -> Verdict {
    total_alone(on, 0).await
}

async fn count_negative(on: &mut Session) -> Verdict {
    total_alone(on, -1).await
}

async fn count_large(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = encoded(&format!("userName eq \"{}\"", user.name()));
    on.get(&format!("/Users?filter={filter}&count=1000000")).await?.lists(&[&user.id])
}

async fn past_the_end(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = encoded(&format!("userName eq \"{}\"", user.name()));
    let answer = on.get(&format!("/Users?filter={filter}&startIndex=1000&count=10")).await?;
    answer.lists(&[])?;
    ensure(answer.body["totalResults"] == 1, "totalResults 1", answer.body["totalResults"].to_string())
}

async fn attributes(on: &mut Session) -> Verdict {
    let user = on.reader().await?;
    let filter = encoded(&format!("userName eq \"{}\"", user.name()));
    let answer = on.get(&format!("/Users?filter={filter}&attributes=userName")).await?;
    answer.lists(&[&user.id])?;
    let expected = [("/userName", user.body["userName"].clone()), ("/emails", json!(null))];
    crate::check::answer::has(&answer.body["Resources"][0], &expected)
}

async fn groups(on: &mut Session) -> Verdict {
    on.server.has_groups()?;
    on.group(&[]).await?;
    let answer = on.get("/Groups?startIndex=1&count=1").await?;
    ensure(answer.list()?.len() == 1, "one group", "another number")?;
    counts(&answer)
}

async fn sort(on: &mut Session) -> Verdict {
    on.server.announces("sort")?;
    let (made, filter) = three(on).await?;
    let sorted = on.get(&format!("/Users?{filter}&sortBy=name.givenName")).await?;
    ensure(ids(&sorted)? == [made[1].as_str(), &made[0], &made[2]], "A, b, c", "another order")?;
    let descending = on.get(&format!("/Users?{filter}&sortBy=name.givenName&sortOrder=descending")).await?;
    ensure(
        ids(&descending)? == [made[2].as_str(), &made[0], &made[1]],
        "c, b, A when descending",
        "another order",
    )
}

async fn sort_ignored(on: &mut Session) -> Verdict {
    if on.server.config["sort"]["supported"] != false {
        return Err(skipped("ServiceProviderConfig does not say that sort is not supported"));
    }
    on.get("/Users?count=1&sortBy=userName").await?.is(&[200])
}

async fn cursor(on: &mut Session) -> Verdict {
    if on.server.config["pagination"]["cursor"] != true {
        return Err(skipped("ServiceProviderConfig does not announce cursors (pagination.cursor)"));
    }
    let (made, filter) = three(on).await?;
    let first = on.get(&format!("/Users?{filter}&count=2&cursor=")).await?;
    let next = first.body["nextCursor"].as_str().unwrap_or_default();
    ensure(!next.is_empty(), "nextCursor on the first page, since there is another", "none")?;
    let last = on.get(&format!("/Users?{filter}&count=2&cursor={}", encoded(next))).await?;
    ensure(
        last.body["nextCursor"].is_null(),
        "no nextCursor on the last page",
        last.body["nextCursor"].to_string(),
    )?;
    let mut seen = [ids(&first)?, ids(&last)?].concat();
    let mut made = made;
    seen.sort_unstable();
    made.sort_unstable();
    ensure(seen == made, "all three users on two pages, each once", format!("{} resources", seen.len()))
}

async fn speed(on: &mut Session) -> Verdict {
    for path in ["/Users?count=1", "/Groups?count=1"] {
        let began = std::time::Instant::now();
        on.get(path).await?;
        let took = began.elapsed().as_millis();
        ensure(took < 600, format!("GET {path} within 600 ms"), format!("{took} ms"))?;
    }
    Ok(())
}
