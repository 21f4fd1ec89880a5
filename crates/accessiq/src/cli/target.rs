//! What mappings and rules lead to, as their commands take it.

use clap::{ArgAction, Args};

/// Where something leads; what is left out stays as it is.
#[derive(Args, Clone, Debug)]
pub struct Target {
    /// The organization's name, slug or id; of a rule, empty for none
    #[arg(long)]
    pub organization: Option<String>,
    /// The role's name or id; of a rule, empty for the usual one
    #[arg(long)]
    pub role: Option<String>,
    /// true or false: whether the role holds in every organization below as well
    #[arg(long, action = ArgAction::Set)]
    pub inherit: Option<bool>,
    /// true or false: whether it gives nothing for now
    #[arg(long, action = ArgAction::Set)]
    pub paused: Option<bool>,
}
