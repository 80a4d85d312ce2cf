//! The handler's process: its environment, its start, and the question whether it answers.
//! Source: `HttpWorkerProcess` and `DefaultHttpWorkerService` of Azure/azure-functions-host.

use std::{
    fmt,
    ops::Range,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};
use uuid::Uuid;

use super::handler_output::HandlerOutput;

/// How often the host asks whether the handler answers.
const READINESS_POLL: Duration = Duration::from_millis(25);

/// How long the end of a dead process's output is waited for. It is there at once, unless a grandchild holds the pipes
/// open; a busy machine may take this long to read it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Linux hands out those from 32768 on: <https://docs.kernel.org/networking/ip-sysctl.html>.
const PORTS: Range<u16> = 20_000..32_000;

/// Settings that would point the handler at another cloud, or at another host.
const CLEARED_PREFIXES: [&str; 5] = ["AZURE_", "FUNCTIONS_", "IDENTITY", "MSI_", "PORTREEVE_"];

/// Who runs the handler.
#[derive(Clone, Debug)]
pub enum Program {
    /// Nobody: no function is ever started.
    None,
    /// Somebody else starts it, on this port.
    External(u16),
    /// The host starts it.
    Executable {
        /// The program.
        path: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
        /// The package's folder, in which it runs.
        app_root: PathBuf,
        /// The app settings.
        settings: Vec<(String, String)>,
    },
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(formatter, "no program"),
            Self::External(port) => write!(formatter, "the program on port {port}"),
            Self::Executable { path, .. } => write!(formatter, "{}", path.display()),
        }
    }
}

/// One run of the program.
pub(super) struct HandlerProcess {
    child: Child,
    /// Read standard output and error to their ends.
    pipes: Vec<JoinHandle<()>>,
}

impl HandlerProcess {
    /// Starts the program on `port`; what it writes goes to `output`.
    pub fn spawn(program: &Program, port: u16, output: &Arc<HandlerOutput>) -> std::io::Result<Self> {
        let mut child = command(program, port)?.spawn()?;
        let stdout = child.stdout.take().map(|pipe| output.clone().collect(pipe, false));
        let stderr = child.stderr.take().map(|pipe| output.clone().collect(pipe, true));
        Ok(Self { child, pipes: [stdout, stderr].into_iter().flatten().collect() })
    }

    /// Waits for the exit and for what was written before it.
    pub async fn exited(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // A grandchild may hold the pipes open.
        let _ = timeout(LAST_WORDS, join_all(self.pipes.drain(..))).await;
        status
    }

    /// The host never asks: it is SIGKILL, and everything in flight is lost.
    pub async fn kill(&mut self) {
        // One that cannot be killed has ended already.
        let _ = self.child.kill().await;
    }
}

fn command(program: &Program, port: u16) -> std::io::Result<Command> {
    let Program::Executable { path, arguments, app_root, settings } = program else {
        return Err(std::io::Error::other("it is not ours to start"));
    };
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if CLEARED_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    let worker_id = Uuid::new_v4().to_string();
    command
        .args(arguments)
        .current_dir(app_root)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("FUNCTIONS_WORKER_RUNTIME", "custom")
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
        .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker_id)
        .env("FUNCTIONS_HTTPWORKER_ID", &worker_id)
        .env("FUNCTIONS_APP_ROOT_PATH", app_root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // It stays in our process group, so that what ends us at a terminal ends it as well.
        .kill_on_drop(true);
    Ok(command)
}

/// A port for the handler that nobody listens on. It is below those that the system hands out by itself, which somebody else
/// here could be given before the handler has it; each process and each call begins elsewhere.
///
/// # Errors
/// Where there is none.
pub fn unused_port() -> std::io::Result<u16> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let first = u64::from(std::process::id()) * 97 + u64::from(call);
    let count = PORTS.len();
    let candidates = PORTS.cycle().skip(usize::try_from(first).unwrap_or_default() % count).take(count);
    let mut free = candidates.filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().ok_or_else(|| std::io::ErrorKind::AddrInUse.into())
}

/// Returns once `GET /` gets any answer, whatever its status.
pub(super) async fn answers(client: &reqwest::Client, port: u16) {
    let url = format!("http://127.0.0.1:{port}/");
    while client.get(&url).send().await.is_err() {
        tokio::time::sleep(READINESS_POLL).await;
    }
}
