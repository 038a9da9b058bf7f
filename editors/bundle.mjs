// A TextMate bundle: the grammar with what an editor does with brackets and comments. JetBrains
// editors and TextMate read it.

import { plist } from "./plist.mjs";

const preferences = {
  name: "gw",
  scope: "source.gw",
  settings: {
    decreaseIndentPattern: "^\\s*[}\\])]",
    increaseIndentPattern: "^.*[{\\[(]\\s*(//.*)?$",
    shellVariables: [{ name: "TM_COMMENT_START", value: "// " }],
    smartTypingPairs: [["{", "}"], ["[", "]"], ["(", ")"], ["\"", "\""], ["'", "'"]],
  },
  uuid: "5c1a57b4-35a1-4c0f-9a0e-6f5f7f3a2b11",
};

/// The files of the bundle at `folder`.
export function bundle(folder, grammar) {
  return {
    [`${folder}/info.plist`]: plist({ name: "gw", uuid: "f0f2b4a6-6f5c-4f0e-8a57-2f1f9e3b7c42" }),
    [`${folder}/Preferences/gw.tmPreferences`]: plist(preferences),
    [`${folder}/Syntaxes/gw.tmLanguage`]: plist({
      ...grammar,
      uuid: "b7a0c7de-94cf-4a55-8f5b-0b0d7a5d6e90",
    }),
  };
}
