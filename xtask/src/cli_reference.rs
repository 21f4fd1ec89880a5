//! The command-line reference, `docs/reference/cli.md`.
//!
//! The built `accessiq` is asked for `--help`, then each subcommand that its answer lists, and so on down.

use anyhow::Result;

use crate::shell::Workspace;

const HEAD: &str = "# Command-line reference

<!-- Generated from the program's own help by `cargo xtask generate`. Do not edit. -->
";

/// Renders the reference from the binary in the target folder, which must be built.
pub fn render(workspace: &Workspace) -> Result<String> {
    let mut page = String::from(HEAD);
    describe(workspace, &mut Vec::new(), &mut page)?;
    Ok(page)
}

/// Appends the section of the subcommand at `path`, then those below it.
fn describe(workspace: &Workspace, path: &mut Vec<String>, page: &mut String) -> Result<()> {
    let help = help_of(workspace, path)?;
    let title =
        std::iter::once("accessiq").chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    page.push_str(&["\n## `", &title, "`\n\n```text\n", &help, "\n```\n"].concat());
    for name in subcommands(&help) {
        path.push(name.to_owned());
        describe(workspace, path, page)?;
        path.pop();
    }
    Ok(())
}

fn help_of(workspace: &Workspace, path: &[String]) -> Result<String> {
    let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let text = workspace.accessiq(&arguments)?;
    Ok(text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The names in the `Commands:` section of a help text, without `help` itself.
fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A name is indented by two columns; what is indented more is the rest of a description.
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}

#[cfg(test)]
mod tests {
    use super::subcommands;

    #[test]
    fn subcommands_are_read_from_the_commands_section_only() {
        let help = "Runs it\n\nUsage: accessiq [OPTIONS] <COMMAND>\n\nCommands:\n  serve   Serve SCIM, which\n          \
                    takes two lines\n  tenant  Work with tenants\n  help    Print this message\n\nOptions:\n  \
                    --verbose  Say more";
        assert_eq!(subcommands(help).collect::<Vec<_>>(), ["serve", "tenant"]);
    }

    #[test]
    fn a_command_without_subcommands_has_none() {
        assert_eq!(subcommands("Serve SCIM\n\nUsage: accessiq serve\n\nOptions:\n  -h, --help").count(), 0);
    }
}
