//! The allowlist in force: where it comes from, what may replace it, and what follows from that.
//!
//! | Part | Does |
//! |---|---|
//! | `source`, `file`, `blob` | look at where the allowlist is, and keep the last good one beside it |
//! | `activation` | judges what was found, and puts it in force or says why not |
//! | `standing` | what all Functions read: the allowlist in force, and what is wrong with the one that is not |
//! | `follow` | reconciles and reports what a change of it means for the connections there are |

mod activation;
mod blob;
mod file;
mod follow;
mod record;
mod source;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::Clock;
use portreeve_decisions::in_force::InForce;
use tokio::sync::watch;

use self::activation::Activation;
use self::blob::BlobSource;
use self::file::FileSource;
pub(crate) use self::follow::follow;
use self::source::Source;
pub(crate) use self::standing::{Standing, in_force};
use crate::app::App;
use crate::settings::AllowlistPlace;

/// Looks after the allowlist for as long as the process lives.
pub(crate) async fn look_after(
    app: Arc<App>,
    place: Option<AllowlistPlace>,
    poll: Duration,
    clock: Arc<dyn Clock>,
    standing: watch::Sender<Standing>,
) {
    let source: Box<dyn Source> = match place {
        None => {
            let why = "setting PORTREEVE_ALLOWLIST is not set; write the allowlist's path, or the URL of its blob";
            record::nothing_is_in_force(why);
            standing.send_replace(Standing::fixed(InForce::Nothing(why.to_owned())));
            return std::future::pending().await;
        }
        Some(AllowlistPlace::Path(path)) => Box::new(FileSource::new(path, clock.clone())),
        Some(AllowlistPlace::Blob(url)) => Box::new(BlobSource::new(url, app.clone())),
    };
    let watched = standing.subscribe();
    let mut activation = Activation::new(source, clock.clone(), standing);
    let former = activation.begin().await;
    tokio::join!(keep_looking(activation, poll, clock.clone()), follow(app, former, watched, poll, clock));
}

async fn keep_looking(mut activation: Activation, poll: Duration, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep(poll).await;
        activation.look().await;
    }
}
