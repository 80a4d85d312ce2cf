//! The file that tells other programs where the local Azure is. It exists only while that is so.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// A written file; it is removed when this is dropped.
#[derive(Debug)]
pub struct EnvFile {
    path: PathBuf,
}

impl EnvFile {
    /// Writes `KEY=VALUE` lines. Whoever sees the file sees all of it.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn write(path: &Path, pairs: &[(String, String)]) -> anyhow::Result<Self> {
        let path = std::path::absolute(path).context("bad path")?;
        let folder = path.parent().context("an env file needs a name")?;
        let write = || -> anyhow::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            for (name, value) in pairs {
                writeln!(file, "{name}={value}")?;
            }
            file.persist(&path)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}; its folder must exist", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for EnvFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}
