//! stub
use super::Error;
pub struct Server;
impl Server { pub async fn start(_p: crate::progress::Progress) -> Result<Self, Error> { todo!() } pub fn version(&self) -> &str { "" }
pub async fn create_database(&self, _n: &str, _t: Option<&str>) -> Result<crate::connect::Target, Error> { todo!() } }
