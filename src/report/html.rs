//! stub
use crate::plan::Plan;
/// stub
pub fn html(_plan: &Plan) -> String {
    String::new()
}
