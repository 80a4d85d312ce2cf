//! The arguments of `portreeve catalogue`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use portreeve_decisions::catalogue::Cloud;

use super::Format;

/// What can be asked of the catalogue.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Lists the types of private-link resources, each on a line
    List(ListArguments),
    /// Says everything that is known of one type
    ///
    /// Ends with 0, with 1 if the type is not in the catalogue, and with 2 if the argument makes no sense.
    Show(ShowArguments),
    /// Says whose a name could be, and in which zone its record belongs
    ///
    /// Each line is one way in which the app would place the name; what fits the longest suffix stands first. Ends with 0,
    /// with 1 if the name fits no zone or the type is not known, and with 2 if the argument makes no sense.
    Zones(ZonesArguments),
    /// Says how much of what is published about Private Link the catalogue has, and what it leaves out
    Coverage(CoverageArguments),
}

/// The arguments of `catalogue list`.
#[derive(Args, Debug)]
pub struct ListArguments {
    /// Only types that have zones in this cloud; all types without it
    #[arg(long, value_parser = cloud(), ignore_case = true)]
    pub cloud: Option<Cloud>,
    #[command(flatten)]
    pub result: ResultFormat,
}

/// The arguments of `catalogue show`.
#[derive(Args, Debug)]
pub struct ShowArguments {
    /// The type, in any letter case, or the id of a resource of the type
    #[arg(value_name = "TYPE")]
    pub resource_type: String,
    /// Only the zones of this cloud; those of all clouds without it
    #[arg(long, value_parser = cloud(), ignore_case = true)]
    pub cloud: Option<Cloud>,
    #[command(flatten)]
    pub result: ResultFormat,
}

/// The arguments of `catalogue zones`.
#[derive(Args, Debug)]
pub struct ZonesArguments {
    /// The name, such as kv-orders.vault.azure.net
    pub fqdn: String,
    /// Only this cloud; all clouds without it
    #[arg(long, value_parser = cloud(), ignore_case = true)]
    pub cloud: Option<Cloud>,
    /// Only this type, in any letter case, or that of a resource by its id
    #[arg(long = "type", value_name = "TYPE")]
    pub resource_type: Option<String>,
    /// A group id that the endpoint asks for; several count together, as they do for the app
    #[arg(long = "group-id", value_name = "ID")]
    pub group_ids: Vec<String>,
    #[command(flatten)]
    pub result: ResultFormat,
}

/// The arguments of `catalogue coverage`.
#[derive(Args, Debug)]
pub struct CoverageArguments {
    #[command(flatten)]
    pub result: ResultFormat,
}

/// For whom a result is.
#[derive(Args, Clone, Copy, Debug)]
pub struct ResultFormat {
    /// For whom the result is
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ResultFormat {
    /// The one that was asked for.
    pub fn format(self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

fn cloud() -> impl TypedValueParser<Value = Cloud> {
    let names = PossibleValuesParser::new(Cloud::ALL.map(Cloud::as_str));
    names.map(|name| Cloud::parse(&name).expect("only names of clouds get here"))
}
