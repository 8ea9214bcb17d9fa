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
  readonly deprecated: boolean;
}

/** What a source file declares, and how it is built. */
export interface Analysis {
  readonly lines: number;
  /** Members of classes and interfaces are not among them, but count as documented or not. */
  readonly declarations: readonly Declaration[];
  /** Modules that the file imports or refers to. */
  readonly imports: ReadonlySet<string>;
  /** How often each kind of syntax node occurs. */
  readonly nodes: ReadonlyMap<string, number>;
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
    const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
    const declarations: Declaration[] = [];
    const imports = new Set<string>();
    const nodes = new Map<string, number>();
    let declared = 0;
    let documented = 0;
    const visit = (node: ts.Node): void => {
      const kind = ts.SyntaxKind[node.kind];
      nodes.set(kind, (nodes.get(kind) ?? 0) + 1);
      if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
        imports.add(node.moduleSpecifier.text);
      }
      const declaration = this.#declaration(node, kind, file);
      if (declaration !== undefined) {
        declared += 1;
        if (declaration.summary !== "") documented += 1;
        if (isTopLevel(node)) declarations.push(declaration);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    for (const { fileName } of file.referencedFiles) imports.add(fileName);
    return {
      lines: file.getLineStarts().length,
      declarations,
      imports,
      nodes,
      declared,
      documented,
    };
  }

  #declaration(node: ts.Node, kind: string, file: ts.SourceFile): Declaration | undefined {
    const name = ts.getNameOfDeclaration(node as ts.Declaration);
    if (name === undefined) return undefined;
    const tags = ts.getJSDocTags(node).map((tag) => tag.tagName.text);
    if (!this.internal && tags.includes("internal")) return undefined;
    const [documentation] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
    const summary = ts.getTextOfJSDocComment(documentation?.comment) ?? "";
    return {
      name: name.getText(file),
      kind,
      line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
      summary: summary.split("\n", 1)[0]!,
      deprecated: tags.includes("deprecated"),
    };
  }
}

function isTopLevel(node: ts.Node): boolean {
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent;
  return ts.isSourceFile(holder) || ts.isModuleBlock(holder);
}
