import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cached } from "@class-cache/core";
import ts from "typescript";

/** A name that a file or a namespace in it declares, with what its documentation says first. */
export interface Declaration {
  readonly name: string;
  readonly kind: string;
  /** Counted from 1. */
  readonly line: number;
  readonly summary: string;
  /** Its type as far as the file alone tells it. */
  readonly type: string;
  readonly deprecated: boolean;
}

/** What a source file declares, and how large it is. */
export interface Analysis {
  readonly lines: number;
  /** Members of classes and interfaces are not among them, but count as documented or not. */
  readonly declarations: readonly Declaration[];
  /** Modules that the file imports or refers to. */
  readonly imports: ReadonlySet<string>;
  /** Nodes of the syntax tree, and how deep they lie at most. */
  readonly nodes: number;
  readonly depth: number;
  /** How many declarations there are, members included, and how many of these are documented. */
  readonly declared: number;
  readonly documented: number;
}

/** A source file that has been read. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/**
 * Parses TypeScript files and tells what they declare. An analysis is remembered by the content of
 * the file: the same text under another path, or in another checkout, is not parsed again.
 */
export class CodeAnalyser {
  /** Part of the instance's identity: analyses with and without are kept apart. */
  readonly internal: boolean;

  /** @param internal whether declarations marked `@internal` count */
  constructor(internal: boolean = false) {
    this.internal = internal;
  }

  async analyseFile(path: string): Promise<Analysis> {
    return this.analyse({ path, text: await readFile(path, "utf8") });
  }

  @cached({ version: 1, key: ([source]) => hash("sha256", source.text) })
  async analyse(source: Source): Promise<Analysis> {
    const { file, checker } = check(source);
    const declarations: Declaration[] = [];
    const imports = new Set<string>();
    let nodes = 0;
    let depth = 0;
    let declared = 0;
    let documented = 0;
    const visit = (node: ts.Node, level: number): void => {
      nodes += 1;
      depth = Math.max(depth, level);
      if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
        imports.add(node.moduleSpecifier.text);
      }
      const documentation = this.#documentation(node);
      if (documentation !== undefined) {
        declared += 1;
        if (documentation.summary !== "") documented += 1;
        if (isTopLevel(node)) {
          declarations.push({ ...documentation, ...describe(node, file, checker) });
        }
      }
      ts.forEachChild(node, (child) => visit(child, level + 1));
    };
    visit(file, 0);
    for (const { fileName } of file.referencedFiles) imports.add(fileName);
    return {
      lines: file.getLineStarts().length,
      declarations,
      imports,
      nodes,
      depth,
      declared,
      documented,
    };
  }

  /** What is written about a declaration; undefined for other nodes, and for what is not to count. */
  #documentation(node: ts.Node): Pick<Declaration, "summary" | "deprecated"> | undefined {
    if (ts.getNameOfDeclaration(node as ts.Declaration)?.parent !== node) return undefined;
    const tags = ts.getJSDocTags(node).map((tag) => tag.tagName.text);
    if (!this.internal && tags.includes("internal")) return undefined;
    const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    const text = ts.getTextOfJSDocComment(comment?.comment) ?? "";
    return { summary: text.split("\n", 1)[0]!, deprecated: tags.includes("deprecated") };
  }
}

function describe(
  node: ts.Node,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): Pick<Declaration, "name" | "kind" | "line" | "type"> {
  return {
    name: ts.getNameOfDeclaration(node as ts.Declaration)?.getText(file) ?? "",
    kind: ts.SyntaxKind[node.kind],
    line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
    type: checker.typeToString(checker.getTypeAtLocation(node)),
  };
}

function isTopLevel(node: ts.Node): boolean {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent;
  return ts.isSourceFile(holder) || ts.isModuleBlock(holder);
}

/** Parses and binds one file by itself: what it imports stays unknown. */
function check({ path, text }: Source): { file: ts.SourceFile; checker: ts.TypeChecker } {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === path ? file : undefined),
    getDefaultLibFileName: () => "lib.d.ts",
    writeFile: () => {},
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === path,
    readFile: () => undefined,
  };
  const program = ts.createProgram([path], { noResolve: true, noLib: true, types: [] }, host);
  return { file, checker: program.getTypeChecker() };
}
