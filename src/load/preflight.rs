//! stub
use super::Error;
#[derive(serde::Serialize)]
pub struct Preflight;
impl Preflight { pub fn refuse(&self) -> Result<(), Error> { Ok(()) } pub fn warnings(&self) -> usize { 0 } }
impl std::fmt::Display for Preflight { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
pub async fn preflight(_c: &tokio_postgres::Client, _s: &str, _m: crate::transform::Mode, _p: Option<&crate::plan::archive::Stored>) -> Result<Preflight, Error> { Ok(Preflight) }
