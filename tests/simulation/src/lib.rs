//! The real handler in a simulated cloud: many histories, each from one seed, each the same every time.
//!
//! The handler is the one that runs in Azure, reached as the Functions host reaches it. Around it everything is in memory and
//! under a virtual clock: ARM and Service Bus are the local Azure's own, Event Grid and the host are here, and so is what
//! goes wrong. An oracle that knows nothing of the handler's code watches every exchange.
//!
//! | Part | Is |
//! |---|---|
//! | `scenario` | what people do, and which allowlists they write, from a seed |
//! | `weather` | what goes wrong, at which exchange |
//! | `world` | the cloud, and what everybody does to it |
//! | `exchange`, `network` | the handler's way out: HTTP, DNS and TCP |
//! | `lag` | what Resource Graph shows, which is what was so some time ago |
//! | `host`, `delivery` | the handler's way in: processes that live and die, events, messages, the timer |
//! | `oracle`, `records`, `places`, `ending` | what must be true after each exchange, and in the end |
//! | `run`, `shrink` | one history from its seed, and the shortest that still goes wrong |

mod allowlists;
mod delivery;
mod dice;
mod ending;
mod exchange;
mod forgery;
mod history;
mod host;
mod lag;
mod network;
mod oracle;
mod places;
mod records;
mod run;
mod scenario;
mod shrink;
mod weather;
mod world;

pub use run::{Report, run};
pub use scenario::Scenario;
pub use shrink::shrink;
