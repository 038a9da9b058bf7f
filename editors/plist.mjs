// A grammar as a property list: for Sublime Text and other readers of the older form.

const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function value(of, indent) {
  const inner = `${indent}\t`;
  if (typeof of === "string") {
    return `${indent}<string>${escape(of)}</string>\n`;
  }
  if (Array.isArray(of)) {
    return `${indent}<array>\n${of.map((item) => value(item, inner)).join("")}${indent}</array>\n`;
  }
  const pairs = Object.entries(of).map(
    ([key, item]) => `${inner}<key>${escape(key)}</key>\n${value(item, inner)}`,
  );
  return `${indent}<dict>\n${pairs.join("")}${indent}</dict>\n`;
}

export function plist(grammar) {
  const { $schema, ...rest } = grammar;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${value(rest, "")}</plist>
`;
}
