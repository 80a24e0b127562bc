//! The fields that a template asks for, checked before it is rendered: handlebars takes a field that
//! does not exist for false in `{{#if field}}`, in strict mode too.

use handlebars::Path;
use handlebars::template::{BlockParam, HelperTemplate, Parameter, Template, TemplateElement};
use serde_json::Value;

/// The first field that a template asks for at its top level and that the data does not have, with
/// its line. Inside `{{#each}}` and `{{#with}}` other data is meant, and handlebars itself looks.
pub(super) fn missing(template: &Template, data: &Value) -> Option<(String, usize)> {
    in_template(template, data, &[])
}

fn in_template(template: &Template, data: &Value, params: &[String]) -> Option<(String, usize)> {
    template.elements.iter().zip(&template.mapping).find_map(|(element, place)| {
        let field = match element {
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                in_call(helper, data, params)
            }
            TemplateElement::HelperBlock(helper) => {
                return in_call(helper, data, params)
                    .map(|field| (field, place.0))
                    .or_else(|| in_block(helper, data, params));
            }
            _ => None,
        };
        field.map(|field| (field, place.0))
    })
}

fn in_block(helper: &HelperTemplate, data: &Value, params: &[String]) -> Option<(String, usize)> {
    let name = helper.name.as_name().unwrap_or_default();
    // The block is about something else; what stands behind `{{else}}` is not.
    let inner = match name {
        "each" | "with" => None,
        _ => {
            let mut params = params.to_vec();
            match &helper.block_param {
                Some(BlockParam::Single(one)) => params.extend(one.as_name().map(str::to_owned)),
                Some(BlockParam::Pair((one, two))) => {
                    params.extend([one, two].into_iter().filter_map(|name| name.as_name()).map(str::to_owned));
                }
                // The enum may grow; what it adds binds nothing known here.
                _ => {}
            }
            helper.template.as_ref().and_then(|inner| in_template(inner, data, &params))
        }
    };
    inner.or_else(|| helper.inverse.as_ref().and_then(|inverse| in_template(inverse, data, params)))
}

fn in_call(helper: &HelperTemplate, data: &Value, params: &[String]) -> Option<String> {
    // A name with parameters is a helper's, alone it is a field's.
    let own = (helper.params.is_empty() && helper.hash.is_empty()).then_some(&helper.name);
    own.into_iter()
        .chain(&helper.params)
        .chain(helper.hash.values())
        .find_map(|parameter| in_parameter(parameter, data, params))
}

fn in_parameter(parameter: &Parameter, data: &Value, params: &[String]) -> Option<String> {
    match parameter {
        Parameter::Name(name) => absent(name, data, params),
        Parameter::Path(Path::Relative((_, name))) => absent(name, data, params),
        Parameter::Subexpression(inner) => match inner.as_element() {
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                in_call(helper, data, params)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name, where the data has no such field.
fn absent(name: &str, data: &Value, params: &[String]) -> Option<String> {
    let mut parts = name.split('.');
    let first = parts.clone().next().unwrap_or_default();
    if name.starts_with(['@', '.']) || first == "this" || first == "else" || params.iter().any(|known| known == first) {
        return None;
    }
    parts.try_fold(data, |value, part| value.get(part)).is_none().then(|| name.to_owned())
}
