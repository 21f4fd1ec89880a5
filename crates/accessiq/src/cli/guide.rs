//! `accessiq connection guide`: how a provider is set up, with the address of the connection in it.

use super::connection::base_url;
use crate::config::Archive;
use crate::output;
use anyhow::Context;
use clap::{ArgGroup, Args};
use scim::Provider;
use web::guides::{self, Guide, Place};

/// Whose guide.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("whose").required(true))]
pub struct Wanted {
    /// The connection's id
    #[arg(group = "whose")]
    id: Option<String>,
    /// Show the guide of a provider before there is a connection to it
    #[arg(long, group = "whose")]
    provider: Option<Provider>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Wanted {
    /// Runs the command. Without a connection it needs no database.
    pub fn run(&self, archive: &Archive) -> anyhow::Result<()> {
        let guide = match (self.provider, &self.id) {
            (Some(provider), _) => guides::guide(provider, &Place::EXAMPLE)?,
            (None, id) => of_connection(archive, id.as_deref().unwrap_or_default())?,
        };
        if self.json {
            output::json(&serde_json::to_value(&guide)?);
        } else {
            print!("{guide}");
        }
        Ok(())
    }
}

fn of_connection(archive: &Archive, id: &str) -> anyhow::Result<Guide> {
    let store = archive.open_existing()?;
    let connection = provisioning::connections::by_id(&store, id)?;
    let tenant = store.read(|tx| store::tenants::by_id(tx, connection.scope.tenant))?;
    let tenant = tenant.with_context(|| format!("the tenant of connection {id} is gone"))?;
    let base_url = base_url(&store, &connection.id)?;
    let place = Place { base_url: &base_url, connection: &connection.id, tenant: &tenant.name };
    Ok(guides::guide(connection.provider.parse()?, &place)?)
}

#[cfg(test)]
mod tests {
    use crate::cli::Arguments;
    use clap::Parser;
    use clap::error::ErrorKind;
    use std::fs;
    use std::path::Path;

    /// The commands in a document's code, one a line.
    fn commands(text: &str) -> Vec<String> {
        let of_line = |line: &str| match line.strip_prefix("accessiq ") {
            Some(_) => vec![line.to_owned()],
            None => line.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
        };
        let code = text.lines().flat_map(of_line);
        let without_comment = code.filter_map(|code| {
            let command = code.split(" #").next()?.trim().to_owned();
            command.starts_with("accessiq ").then_some(command)
        });
        without_comment.collect()
    }

    /// A command that is only named may lack what it needs.
    fn is_known(command: &str) -> bool {
        let words = command.replace('"', "");
        match Arguments::try_parse_from(words.split_whitespace()) {
            Ok(_) => true,
            Err(error) => matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ),
        }
    }

    #[test]
    fn documents_name_commands_that_there_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let providers = fs::read_dir(root.join("docs/book/providers")).expect("a folder");
        let pages = providers.map(|page| page.expect("a page").path());
        let others = ["README.md", "docs/book/administrators.md", "docs/book/operators.md"];
        let mut count = 0;
        for page in pages.chain(others.map(|page| root.join(page))) {
            for command in commands(&fs::read_to_string(&page).expect("a page")) {
                assert!(is_known(&command), "{}: {command}", page.display());
                count += 1;
            }
        }
        assert!(count > 50, "{count} commands were found");
    }
}
