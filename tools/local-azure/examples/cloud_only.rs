//! Runs ARM, identity and DNS alone and prints where they are, for trying things with curl or the Azure CLI.

use local_azure::running_cloud::{CloudOptions, RunningCloud};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let (events, mut received) = tokio::sync::mpsc::unbounded_channel();
    let cloud = RunningCloud::start(CloudOptions::new(directory.path().to_owned()), events).await?;
    println!("PORTREEVE_ARM_ENDPOINT={}", cloud.arm_endpoint);
    println!("AZURE_ARM_TLS_ENDPOINT={}", cloud.arm_tls_endpoint);
    println!("AZURE_CA_FILE={}", cloud.ca_file.display());
    println!("IDENTITY_ENDPOINT={}", cloud.identity_endpoint);
    println!("IDENTITY_HEADER={}", cloud.identity_header);
    println!("PORTREEVE_DNS_SERVER={}", cloud.dns_server);
    println!("SERVICE_PORT={}", cloud.service_port);
    while let Some(event) = received.recv().await {
        println!("# {} {}", event.operation_name, event.resource_id);
    }
    Ok(())
}
