//! Golden files.

/// Snapshots in `tests/golden/<directory>`, named as they are asked for.
pub(crate) fn settings(directory: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("golden/{directory}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}
