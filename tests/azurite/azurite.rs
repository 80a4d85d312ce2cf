//! Azurite, Microsoft's own stand-in for storage, on this machine, over HTTPS with an authority of this run.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use reqwest::{Method, StatusCode};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The program, which `tests/azurite/run` installs and names.
const PROGRAM: &str = "AZURITE_BLOB";
/// Node starts in a second or two.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running Azurite. It stops when this is dropped.
pub struct Azurite {
    _process: Child,
    directory: tempfile::TempDir,
    http: reqwest::Client,
    account: String,
    authorization: String,
}

impl Azurite {
    /// Starts one whose blobs live in memory. `token` is one for storage; Azurite reads it and checks no signature.
    pub async fn start(token: &str) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        write_certificates(directory.path())?;
        let program = std::env::var(PROGRAM).with_context(|| format!("{PROGRAM} is not set; use tests/azurite/run"))?;
        let mut process = Command::new("node")
            .arg(program)
            .args(["--blobHost", "127.0.0.1", "--blobPort", "0", "--oauth", "basic", "--inMemoryPersistence"])
            // Ours is a newer API version than it knows, and it would tell Microsoft of each run.
            .args(["--skipApiVersionCheck", "--disableTelemetry", "--loose", "--silent"])
            .arg("--cert")
            .arg(directory.path().join("leaf.pem"))
            .arg("--key")
            .arg(directory.path().join("leaf.key"))
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start Azurite with node")?;
        let stdout = process.stdout.take().context("standard output is piped")?;
        let url = tokio::time::timeout(START_LIMIT, listening_url(stdout)).await.context("Azurite did not start")??;
        // Another part of the process may have chosen the provider already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = reqwest::Certificate::from_pem(&std::fs::read(directory.path().join("ca.pem"))?)?;
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build()?;
        let account = format!("{url}/devstoreaccount1");
        Ok(Self { _process: process, directory, http, account, authorization: format!("Bearer {token}") })
    }

    /// The file of the authority that vouches for it.
    pub fn ca_file(&self) -> String {
        self.directory.path().join("ca.pem").display().to_string()
    }

    /// A new container.
    pub async fn container(&self, name: &str) -> anyhow::Result<Container<'_>> {
        let url = format!("{}/{name}", self.account);
        let status = self.send(Method::PUT, &format!("{url}?restype=container"), None).await?.0;
        anyhow::ensure!(status == StatusCode::CREATED, "creating {url}: {status}");
        Ok(Container { azurite: self, url })
    }

    async fn send(&self, method: Method, url: &str, body: Option<&str>) -> anyhow::Result<(StatusCode, String)> {
        let mut request = self.http.request(method, url).header("authorization", &self.authorization);
        request = request.header("x-ms-version", "2025-05-05").header("content-length", body.map_or(0, str::len));
        if let Some(body) = body {
            request = request.header("x-ms-blob-type", "BlockBlob").body(body.to_owned());
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }
}

/// A container of blobs.
pub struct Container<'a> {
    azurite: &'a Azurite,
    url: String,
}

impl Container<'_> {
    /// The URL of a blob in it.
    pub fn blob(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// Writes a blob.
    pub async fn put(&self, name: &str, content: &str) {
        let (status, answer) = self.azurite.send(Method::PUT, &self.blob(name), Some(content)).await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }

    /// Deletes a blob.
    pub async fn delete(&self, name: &str) {
        let (status, answer) = self.azurite.send(Method::DELETE, &self.blob(name), None).await.unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    }

    /// What a blob holds, where there is one.
    pub async fn content(&self, name: &str) -> Option<String> {
        let (status, content) = self.azurite.send(Method::GET, &self.blob(name), None).await.unwrap();
        (status == StatusCode::OK).then_some(content)
    }
}

/// Reads Azurite's output to the line that says where it listens, and the rest of it beside the test: a full pipe would
/// stop it.
async fn listening_url(stdout: tokio::process::ChildStdout) -> anyhow::Result<String> {
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, url)) = line.split_once("successfully listens on ") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(url.trim().trim_end_matches('/').to_owned());
        }
    }
    anyhow::bail!("Azurite ended before it listened")
}

/// An authority, and a certificate for loopback signed by it: rustls takes no authority for a server.
fn write_certificates(directory: &Path) -> anyhow::Result<()> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "authority of the Azurite test");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &authority)?;
    std::fs::write(directory.join("ca.pem"), authority.pem())?;
    std::fs::write(directory.join("leaf.pem"), leaf.pem())?;
    Ok(std::fs::write(directory.join("leaf.key"), key.serialize_pem())?)
}
