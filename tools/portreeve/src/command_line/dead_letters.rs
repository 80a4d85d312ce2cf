//! The arguments of `portreeve dead-letters`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use portreeve_azure::QueueName;

use super::ResultFormat;

/// What holds for all of them, for `--help`.
const HELD_BACK: &str = "Service Bus lets nobody look at a letter without locking it. While somebody else lists, shows or resubmits, \
    their letters are hidden from you, for a minute at most (60 s, the lock of infra/); nothing is lost by that.\n\n\
    The namespace is that of ServiceBusConnection__fullyQualifiedNamespace. You need the role Azure Service Bus Data \
    Receiver on it, and to resubmit also Azure Service Bus Data Sender.";

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// Lists the dead letters, each on a line: what it is about, and why it is one
    ///
    /// Ends with 0, also where there are none, and with 2 if they cannot be read.
    #[command(after_long_help = HELD_BACK)]
    List(ListLettersArguments),
    /// Shows all of one letter, the log query that finds its story, and what to do
    ///
    /// Ends with 0, with 1 if there is no such letter, and with 2 if the letters cannot be read.
    #[command(after_long_help = HELD_BACK)]
    Show(ShowLetterArguments),
    /// Sends the jobs of letters anew, with all their tries before them, and takes the letters out
    ///
    /// Do it once what made them fail is cured. Doing it twice is harmless: a job says only what to look at, and what is
    /// sent twice within ten minutes is kept once. A letter that carries no job is never sent.
    ///
    /// Ends with 0, with 1 if a letter is not there or carries no job, and with 2 if Service Bus does not answer.
    #[command(after_long_help = HELD_BACK)]
    Resubmit(ResubmitArguments),
}

/// The arguments of `dead-letters list`.
#[derive(Args, Debug)]
pub struct ListLettersArguments {
    /// Only the letters of this queue; those of both without it
    #[arg(long, value_parser = queue())]
    pub queue: Option<QueueName>,
    #[command(flatten)]
    pub result: ResultFormat,
}

/// The arguments of `dead-letters show`.
#[derive(Args, Debug)]
pub struct ShowLetterArguments {
    /// The letter's sequence number, as `list` and the log have it
    #[arg(value_name = "NUMBER")]
    pub number: i64,
    /// The queue that the letter was for: each numbers its own
    #[arg(long, value_parser = queue())]
    pub queue: QueueName,
    #[command(flatten)]
    pub result: ResultFormat,
}

/// The arguments of `dead-letters resubmit`.
#[derive(Args, Debug)]
pub struct ResubmitArguments {
    /// The letters' sequence numbers, as `list` and the log have them
    #[arg(value_name = "NUMBER", required_unless_present = "all", requires = "queue")]
    pub numbers: Vec<i64>,
    /// All letters that carry a job
    #[arg(long, conflicts_with = "numbers")]
    pub all: bool,
    /// The queue that the letters were for: each numbers its own
    #[arg(long, value_parser = queue())]
    pub queue: Option<QueueName>,
}

fn queue() -> impl TypedValueParser<Value = QueueName> {
    let names = PossibleValuesParser::new(QueueName::ALL.map(QueueName::as_str));
    names.map(|name| {
        let named = QueueName::ALL.into_iter().find(|queue| queue.as_str() == name);
        named.expect("only names of queues get here")
    })
}
