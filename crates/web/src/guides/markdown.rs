//! A guide as Markdown: for the book as well as for a terminal.
//!
//! Whoever shows a guide otherwise reads its fields.

use super::{Entry, Expectation, Guide, Mapping, Refusal, Step, Symptom, Variant};
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Guide {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        writeln!(out, "# {}", self.title)?;
        paragraphs(out, &self.summary)?;
        let label = self.provider.label();
        listed(out, "Before you begin", &self.before)?;
        writeln!(out, "\n## Set it up")?;
        steps(out, &self.steps)?;
        mappings(out, label, &self.mappings)?;
        listed(out, "Groups", &self.groups)?;
        expectations(out, &self.expect)?;
        listed(out, "How long it takes", &self.timing)?;
        numbered(out, "Test it", &self.test)?;
        listed(out, "Limits", &self.limits)?;
        refusals(out, &self.errors)?;
        symptoms(out, &self.symptoms)?;
        numbered(out, "Change the token", &self.rotate)?;
        numbered(out, "Go back", &self.back)?;
        self.variants.iter().try_for_each(|variant| one_variant(out, variant))?;
        writeln!(out, "\n## Sources\n\nThis guide was last compared with them in {}.\n", self.checked)?;
        self.sources.iter().try_for_each(|source| writeln!(out, "- [{}]({})", source.name, source.url))
    }
}

fn paragraphs(out: &mut impl Write, texts: &[String]) -> Result {
    texts.iter().try_for_each(|text| writeln!(out, "\n{text}"))
}

fn listed(out: &mut impl Write, title: &str, texts: &[String]) -> Result {
    writeln!(out, "\n## {title}\n")?;
    texts.iter().try_for_each(|text| writeln!(out, "- {text}"))
}

fn numbered(out: &mut impl Write, title: &str, texts: &[String]) -> Result {
    writeln!(out, "\n## {title}\n")?;
    (1..).zip(texts).try_for_each(|(number, text)| writeln!(out, "{number}. {text}"))
}

fn steps(out: &mut impl Write, steps: &[Step]) -> Result {
    (1..).zip(steps).try_for_each(|(number, step)| one_step(out, number, step))
}

fn one_step(out: &mut impl Write, number: usize, step: &Step) -> Result {
    writeln!(out, "\n### {number}. {}\n", step.title)?;
    if !step.path.is_empty() {
        writeln!(out, "**{}**\n", step.path.join(" › "))?;
    }
    writeln!(out, "{}", step.text)?;
    if !step.enter.is_empty() {
        writeln!(out)?;
    }
    for Entry { field, value } in &step.enter {
        writeln!(out, "- {field}: `{value}`")?;
    }
    if let Some(code) = &step.code {
        writeln!(out, "\n```sh\n{}\n```", code.trim_end())?;
    }
    match &step.see {
        Some(see) => writeln!(out, "\nYou should see: {see}"),
        None => Ok(()),
    }
}

fn mappings(out: &mut impl Write, label: &str, mappings: &[Mapping]) -> Result {
    writeln!(out, "\n## Attributes\n\n| {label} | SCIM | AccessIQ |\n|---|---|---|")?;
    for Mapping { theirs, scim, ours } in mappings {
        writeln!(out, "| {} | {} | {} |", cell(theirs), cell(scim), cell(ours))?;
    }
    Ok(())
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn expectations(out: &mut impl Write, expectations: &[Expectation]) -> Result {
    writeln!(out, "\n## What to expect\n")?;
    for Expectation { event, requests, result } in expectations {
        let requests: Vec<String> = requests.iter().map(|request| format!("`{request}`")).collect();
        let sent = if requests.is_empty() { "nothing is sent".to_owned() } else { requests.join(", then ") };
        writeln!(out, "- **{event}:** {sent}. {result}")?;
    }
    Ok(())
}

fn refusals(out: &mut impl Write, refusals: &[Refusal]) -> Result {
    writeln!(
        out,
        "\n## Errors, and what to do\n\nThe quoted sentence is what AccessIQ answers; … stands for a name or an id."
    )?;
    for refusal in refusals {
        let Refusal { status, scim_type, title, detail, shown, cause, cure, .. } = refusal;
        let code = scim_type.as_ref().map_or_else(String::new, |code| format!(" {code}"));
        writeln!(out, "\n### {status}{code}: {title}\n\n> {}\n", detail.replace('<', "\\<"))?;
        writeln!(out, "- Shown: {shown}\n- Cause: {cause}\n- Cure: {cure}")?;
    }
    Ok(())
}

fn symptoms(out: &mut impl Write, symptoms: &[Symptom]) -> Result {
    if symptoms.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Other signs of trouble\n")?;
    for Symptom { shown, cause, cure } in symptoms {
        writeln!(out, "- **{shown}.** {cause} {cure}")?;
    }
    Ok(())
}

fn one_variant(out: &mut impl Write, variant: &Variant) -> Result {
    writeln!(out, "\n## {}", variant.title)?;
    paragraphs(out, &variant.text)?;
    steps(out, &variant.steps)
}
