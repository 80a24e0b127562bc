//! What was probably meant by a name that does not exist.

/// The known name that is nearest, where one is near enough to be a slip of the fingers.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 2.max(known.len() / 3))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_meant() {
        let known = ["server", "static-url", "static-dir"];
        assert_eq!(nearest("sevrer", known), Some("server"));
        assert_eq!(nearest("static_url", known), Some("static-url"));
        assert_eq!(nearest("certificate", known), None);
    }
}
