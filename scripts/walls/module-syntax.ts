// Reads from a TypeScript source what the walls are about: its imports, a default export, and calls of the global `fetch`.
// It knows tokens (comments, strings, templates, regular expressions), not grammar: enough to find every module name that the
// language can write, and to find none in a comment or a string.

/** One mention of another module. */
export interface Import {
  specifier: string;
  line: number;
  /** `import type`, `export type … from` and `typeof import()`: nothing of it is left at run time. */
  isTypeOnly: boolean;
}

/** What a source says about modules. */
export interface ModuleSyntax {
  imports: Import[];
  /** Lines of imports whose module is computed. */
  computedImportLines: number[];
  defaultExportLines: number[];
  fetchLines: number[];
}

interface Token {
  kind: "word" | "string" | "punctuation";
  text: string;
  line: number;
}

/** Finds what the walls need to know of a source. Never throws: what does not parse is the compiler's business. */
export function readModuleSyntax(source: string): ModuleSyntax {
  const tokens = tokenize(source);
  const found: ModuleSyntax = {
    imports: [],
    computedImportLines: [],
    defaultExportLines: [],
    fetchLines: [],
  };
  const isPunctuation = (index: number, text: string) =>
    tokens[index]?.kind === "punctuation" && tokens[index]?.text === text;
  const isWord = (index: number, text: string) =>
    tokens[index]?.kind === "word" && tokens[index]?.text === text;

  for (const [index, { kind, text, line }] of tokens.entries()) {
    if (kind !== "word" || isPunctuation(index - 1, ".")) continue;
    const next = tokens[index + 1];
    const isCall = isPunctuation(index + 1, "(");
    if ((text === "import" || text === "require") && isCall) {
      const argument = tokens[index + 2];
      if (argument?.kind === "string") {
        found.imports.push({ specifier: argument.text, line, isTypeOnly: isWord(index - 1, "typeof") });
      } else if (text === "import") {
        found.computedImportLines.push(line);
      }
    } else if (text === "import" && next?.kind === "string") {
      found.imports.push({ specifier: next.text, line, isTypeOnly: false });
    } else if (text === "import" && !isPunctuation(index + 1, ".") && !isPunctuation(index + 1, ":")) {
      const specifier = fromClause(tokens, index + 1);
      // `import type from "x"` imports a value that is called "type".
      const isTypeOnly =
        isWord(index + 1, "type") && !(isWord(index + 2, "from") && tokens[index + 3]?.kind === "string");
      if (specifier !== undefined) found.imports.push({ specifier, line, isTypeOnly });
    } else if (text === "export") {
      if (isWord(index + 1, "default")) found.defaultExportLines.push(line);
      const isTypeOnly = isWord(index + 1, "type");
      const at = isTypeOnly ? index + 2 : index + 1;
      if (!isPunctuation(at, "{") && !isPunctuation(at, "*")) continue;
      if (exportsDefault(tokens, at)) found.defaultExportLines.push(line);
      const specifier = fromClause(tokens, at);
      if (specifier !== undefined) found.imports.push({ specifier, line, isTypeOnly });
    } else if (text === "fetch" && isCall && !isWord(index - 1, "function")) {
      found.fetchLines.push(line);
    }
  }
  return found;
}

// The module name behind the names of an import or export: words, commas, stars and one pair of braces, then `from`.
function fromClause(tokens: readonly Token[], start: number): string | undefined {
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) return undefined;
    const next = tokens[index + 1];
    if (token.kind === "word" && token.text === "from" && next?.kind === "string") return next.text;
    if (token.kind === "punctuation" && !["{", "}", ",", "*"].includes(token.text)) return undefined;
    // `export { a }` without a module, followed by another statement.
    if (token.text === "}" && !(next?.kind === "word" && next.text === "from")) return undefined;
  }
  return undefined;
}

function exportsDefault(tokens: readonly Token[], start: number): boolean {
  for (let index = start; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.text === "}" || token.text === ";") return false;
    if (token.text === "as" && tokens[index + 1]?.text === "default") return true;
  }
  return false;
}

// After these a slash begins a regular expression; after other words and values it divides.
const wordsBeforeRegex = new Set(
  "return typeof case in of delete void instanceof new do else yield await throw".split(" "),
);

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  // For every open `${`, how many braces are open inside it.
  const templates: number[] = [];
  let line = 1;
  let at = 0;

  const skip = (length: number) => {
    for (let index = at; index < at + length; index += 1) if (source[index] === "\n") line += 1;
    at += length;
  };
  const templateText = () => {
    while (at < source.length) {
      if (source[at] === "\\") skip(2);
      else if (source[at] === "`") return skip(1);
      else if (source.startsWith("${", at)) {
        templates.push(0);
        return skip(2);
      } else skip(1);
    }
  };

  while (at < source.length) {
    const rest = source.slice(at, at + 2);
    const char = rest[0] ?? "";
    if (rest === "//") {
      const end = source.indexOf("\n", at);
      skip((end < 0 ? source.length : end) - at);
    } else if (rest === "/*") {
      const end = source.indexOf("*/", at + 2);
      skip((end < 0 ? source.length : end + 2) - at);
    } else if (/\s/.test(char)) {
      skip(1);
    } else if (char === '"' || char === "'") {
      const startLine = line;
      let text = "";
      skip(1);
      while (at < source.length && source[at] !== char && source[at] !== "\n") {
        if (source[at] === "\\") skip(1);
        text += source[at] ?? "";
        skip(1);
      }
      skip(1);
      tokens.push({ kind: "string", text, line: startLine });
    } else if (char === "`") {
      const startLine = line;
      const start = at + 1;
      const depth = templates.length;
      skip(1);
      templateText();
      // A template without holes is a constant, also as the name of a module.
      const isConstant = templates.length === depth;
      tokens.push({
        kind: isConstant ? "string" : "punctuation",
        text: isConstant ? source.slice(start, at - 1) : "`",
        line: startLine,
      });
    } else if (/[\p{ID_Start}$_#]/u.test(char)) {
      const [text = char] = /^[\p{ID_Continue}$_#\u200c\u200d]+/u.exec(source.slice(at, at + 200)) ?? [];
      tokens.push({ kind: "word", text, line });
      skip(text.length);
    } else if (/[0-9]/.test(char)) {
      const [text = char] = /^[0-9a-zA-Z_.]+/.exec(source.slice(at, at + 400)) ?? [];
      tokens.push({ kind: "string", text, line });
      skip(text.length);
    } else if (char === "/" && isRegexHere(tokens.at(-1))) {
      skip(regexLength(source, at));
      tokens.push({ kind: "punctuation", text: "/", line });
    } else {
      const open = templates.length - 1;
      const braces = templates[open];
      if (char === "{" && braces !== undefined) templates[open] = braces + 1;
      if (char === "}" && braces !== undefined) {
        if (braces === 0) {
          templates.pop();
          skip(1);
          templateText();
          continue;
        }
        templates[open] = braces - 1;
      }
      tokens.push({ kind: "punctuation", text: char, line });
      skip(1);
    }
  }
  return tokens;
}

function isRegexHere(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "string") return false;
  if (before.kind === "word") return wordsBeforeRegex.has(before.text);
  return ![")", "]", "}", "/", "`"].includes(before.text);
}

function regexLength(source: string, start: number): number {
  let isInClass = false;
  for (let at = start + 1; at < source.length && source[at] !== "\n"; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === "[") isInClass = true;
    else if (source[at] === "]") isInClass = false;
    else if (source[at] === "/" && !isInClass) return at + 1 - start;
  }
  return 1;
}
