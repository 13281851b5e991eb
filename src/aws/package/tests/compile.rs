//! TypeScript to CommonJS: what it looks like, and what it does in Node.js.

use std::path::Path;
use std::process::Command;

use super::super::imports::{Kind, Modules};
use super::super::tsconfig::TsConfig;
use super::super::typescript::{Compiled, Format, Source, compile};

fn compile_with(text: &str, config: &TsConfig) -> Compiled {
    let mut modules = Modules::default();
    modules.add("main.ts", "main.js", Kind::CommonJs);
    modules.add("lib/index.ts", "lib/index.js", Kind::CommonJs);
    modules.add("page.mts", "page.mjs", Kind::Esm);
    modules.add("node_modules/x/index.js", "node_modules/x/index.js", Kind::Other);
    let source = Source { name: "main.ts", path: Path::new("main.ts"), text, format: Format::CommonJs };
    compile(&source, config, &modules).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The code without the lines that every module has and without helpers.
fn body(text: &str) -> String {
    let code = compile_with(text, &TsConfig::default()).code;
    let mut lines = Vec::new();
    let (mut in_helper, mut in_exports) = (false, false);
    for line in code.lines() {
        in_helper |= line.starts_with("function __");
        in_exports |= line == "__export(exports, {";
        let is_frame = line.is_empty()
            || line == "__export(exports, {"
            || (in_exports && line == "});")
            || line == "\"use strict\";"
            || line.contains("\"__esModule\"")
            || line.starts_with("0 && (module.exports");
        if !in_helper && !is_frame {
            lines.push(line);
        }
        in_helper &= line != "}";
        in_exports &= line != "});";
    }
    lines.join("\n")
}

#[test]
fn imports_become_members_of_their_modules() {
    for (text, expected) in [
        ("import 'x';", "require(\"x\");"),
        ("import { a } from 'x';\na;", "const x_1 = require(\"x\");\nx_1.a;"),
        ("import { a } from 'x';\na(1, a);", "const x_1 = require(\"x\");\n(0, x_1.a)(1, x_1.a);"),
        ("import { a } from 'x';\na?.(1);", "const x_1 = require(\"x\");\n(0, x_1.a)?.(1);"),
        ("import { a } from 'x';\na`t${a}`;", "const x_1 = require(\"x\");\n(0, x_1.a)`t${x_1.a}`;"),
        ("import { a } from 'x';\nf({ a, b: a });", "const x_1 = require(\"x\");\nf({\n\ta: x_1.a,\n\tb: x_1.a\n});"),
        ("import { a as b } from 'x';\nnew b();", "const x_1 = require(\"x\");\nnew x_1.a();"),
        ("import { a } from 'x';\na.b.c();", "const x_1 = require(\"x\");\nx_1.a.b.c();"),
        ("import { a } from 'x';\ntypeof a;", "const x_1 = require(\"x\");\ntypeof x_1.a;"),
        ("import { 'a-b' as a } from 'x';\na;", "const x_1 = require(\"x\");\nx_1[\"a-b\"];"),
        (
            "import { a } from 'x';\nf(a, (a) => a, { a: 1 }.a);",
            "const x_1 = require(\"x\");\nf(x_1.a, (a) => a, { a: 1 }.a);",
        ),
        (
            "import a from 'x';\na();",
            "const x_1 = require(\"x\");\nconst x_default_1 = __importDefault(x_1);\n(0, x_default_1.default)();",
        ),
        (
            "import a, { b } from 'x';\na + b;",
            "const x_1 = require(\"x\");\nconst x_default_1 = __importDefault(x_1);\nx_default_1.default + x_1.b;",
        ),
        ("import * as a from 'x';\na.b();", "const x_1 = require(\"x\");\nconst a = __importStar(x_1);\na.b();"),
        ("const x_1 = 1;\nimport { a } from 'x';\na;", "const x_2 = require(\"x\");\nconst x_1 = 1;\nx_2.a;"),
        ("a;\nimport { a } from 'x';\nimport { b } from 'x';\nb;", "const x_1 = require(\"x\");\nx_1.a;\nx_1.b;"),
        ("import fs = require('fs');\nfs.a;", "const fs = require(\"fs\");\nfs.a;"),
        ("import { a } from './page';\na;", "const page_1 = require(\"./page.mjs\");\npage_1.a;"),
        ("import { a } from './lib/index.ts';\na;", "const index_1 = require(\"./lib/index.js\");\nindex_1.a;"),
    ] {
        assert_eq!(body(text), expected, "{text}");
    }
}

#[test]
fn types_leave_nothing_behind() {
    for (text, expected) in [
        ("import type { A } from 'x';\nlet a: A;", "let a;"),
        ("import { type A, b } from 'x';\nb as A;", "const x_1 = require(\"x\");\nx_1.b;"),
        ("import { A } from 'x';\nlet a: A;", "let a;"),
        ("export declare const a: string;\nexport declare function f(): void;", ""),
        ("export type A = string;\nexport interface B {}\nexport type { C } from 'x';", ""),
        ("declare const a: string;\nf(a!, <any>a, a satisfies string);", "f(a, a, a);"),
        (
            "abstract class A<T> implements B { declare a: T; private b?: string; abstract c(): void; }",
            "class A {\n\tb;\n}",
        ),
        ("function f(a: string): void;\nfunction f(this: A, a?: any) {}", "function f(a) {}"),
    ] {
        assert_eq!(body(text), expected, "{text}");
    }
}

#[test]
fn exports_become_getters() {
    let getter = |name: &str, read: &str| format!("\t{name}: () => {read},\n");
    for (text, expected) in [
        (
            "export const a = 1, { b, c: [d = 2, ...e] } = f;",
            getter("a", "a")
                + &getter("b", "b")
                + &getter("d", "d")
                + &getter("e", "e")
                + "const a = 1, { b, c: [d = 2, ...e] } = f;",
        ),
        (
            "export let a;\nexport function f() {}\nexport class C {}",
            getter("a", "a") + &getter("f", "f") + &getter("C", "C") + "let a;\nfunction f() {}\nclass C {}",
        ),
        ("const a = 1;\nexport { a as b, a as default };", getter("b", "a") + &getter("default", "a") + "const a = 1;"),
        ("export default 1 + 1;", getter("default", "default_1") + "const default_1 = 1 + 1;"),
        ("export default function () {}", getter("default", "default_1") + "function default_1() {}"),
        ("export default async function* () {}", getter("default", "default_1") + "async function* default_1() {}"),
        ("export default function f() {}", getter("default", "f") + "function f() {}"),
        ("export default class {}", getter("default", "default_1") + "class default_1 {}"),
        ("export default class extends A {}", getter("default", "default_1") + "class default_1 extends A {}"),
        ("import { a } from 'x';\nexport { a };", getter("a", "x_1.a") + "const x_1 = require(\"x\");"),
        (
            "import { a } from 'x';\nexport default a;",
            getter("default", "default_1") + "const x_1 = require(\"x\");\nconst default_1 = x_1.a;",
        ),
        ("export { a as b } from 'x';", getter("b", "x_1.a") + "const x_1 = require(\"x\");"),
        (
            "export { default as b } from 'x';",
            getter("b", "x_default_1.default")
                + "const x_1 = require(\"x\");\nconst x_default_1 = __importDefault(x_1);",
        ),
        (
            "export function f(a: 1): 1;\nexport function f(a: any) { return a; }",
            getter("f", "f") + "function f(a) {\n\treturn a;\n}",
        ),
        (
            "const a = 1;\nexport { a as 'b-c', a as __proto__ };",
            getter("\"b-c\"", "a") + &getter("[\"__proto__\"]", "a") + "const a = 1;",
        ),
        (
            "import d, * as n from 'x';\nexport { d, n };",
            getter("d", "x_default_1.default")
                + &getter("n", "n")
                + "const x_1 = require(\"x\");\nconst x_default_1 = __importDefault(x_1);\nconst n = __importStar(x_1);",
        ),
        ("const __export = 1;\nf(__export);\nexport {};", "const __export_1 = 1;\nf(__export_1);".to_owned()),
        ("export * from 'x';", "const x_1 = require(\"x\");\n__exportStar(x_1, exports);".to_owned()),
        (
            "export * as n from 'x';",
            getter("n", "x_all_1") + "const x_1 = require(\"x\");\nconst x_all_1 = __importStar(x_1);",
        ),
        ("const a = 1;\nexport = a;", "const a = 1;\nmodule.exports = a;".to_owned()),
    ] {
        assert_eq!(body(text), expected, "{text}");
    }
}

#[test]
fn names_of_commonjs_are_made_free() {
    assert_eq!(
        body(
            "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nf({ require });"
        ),
        "const import_meta_url_1 = require(\"node:url\").pathToFileURL(__filename).href;\n\
         const node_module_1 = require(\"node:module\");\n\
         const require_1 = (0, node_module_1.createRequire)(import_meta_url_1);\nf({ require: require_1 });"
    );
    assert_eq!(
        body("const { module, exports = 1 } = f;\nexport { module };\nmodule = exports;\n({ module } = f);"),
        "\tmodule: () => module_1,\n\
         const { module: module_1, exports: exports_1 = 1 } = f;\nmodule_1 = exports_1;\n({module: module_1} = f);"
    );
}

#[test]
fn a_script_without_modules_is_left_alone() {
    let compiled = compile_with("const a: number = 1;\nmodule.exports = { a };\n", &TsConfig::default());
    assert_eq!(compiled.code, "\"use strict\";\nconst a = 1;\nmodule.exports = { a };\n");
    assert!(compiled.exports.open);
}

#[test]
fn the_exported_names_are_known() {
    let compiled = compile_with("export const b = 1;\nexport default b;\nexport { a } from 'x';", &TsConfig::default());
    assert_eq!(compiled.exports.names, ["a", "b", "default"]);
    assert!(!compiled.exports.open);
    assert!(compile_with("export * from 'x';", &TsConfig::default()).exports.open);
}

/// Runs compiled modules in Node.js, the first of which prints the result.
fn run(files: &[(&str, &str)], config: &TsConfig) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut modules = Modules::default();
    for (name, _) in files {
        let output = super::super::imports::output_of(name).unwrap_or_else(|| (*name).to_owned());
        let kind = if name.ends_with(".json") { Kind::Json } else { Kind::CommonJs };
        modules.add(name, &output, kind);
    }
    for (name, text) in files {
        let (output, code) = match super::super::imports::output_of(name) {
            Some(output) => {
                let source = Source { name, path: Path::new(name), text, format: Format::CommonJs };
                (output, compile(&source, config, &modules).unwrap().code)
            }
            None => ((*name).to_owned(), (*text).to_owned()),
        };
        let path = folder.path().join(output);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, code).unwrap();
    }
    let output = Command::new("node").arg(folder.path().join("main.js")).output().expect("the tests need Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn it_does_in_node_what_it_says() {
    let legacy = TsConfig { legacy_decorators: true, decorator_metadata: true, ..TsConfig::default() };
    let assigned = TsConfig { define_fields: false, ..TsConfig::default() };
    let standard = TsConfig::default();
    for (config, files, expected) in [
        // Live bindings.
        (
            &standard,
            &[
                ("main.ts", "import { count, up } from './c';\nup();\nup();\nconsole.log(count);"),
                ("c.ts", "export let count = 0;\nexport const up = () => { count++; };"),
            ][..],
            "2",
        ),
        // `export default` of a value is a copy; of a function it is the function.
        (
            &standard,
            &[
                (
                    "main.ts",
                    "import v, { set } from './c';\nimport f from './f';\nset();\nconsole.log(v, f.name, f());",
                ),
                ("c.ts", "let v = 1;\nexport default v;\nexport const set = () => { v = 2; };"),
                ("f.ts", "export default function named() { return 'f'; }"),
            ],
            "1 named f",
        ),
        // CommonJS, JSON and re-exports.
        (
            &standard,
            &[
                (
                    "main.ts",
                    "import d, { a } from './cjs';\nimport * as ns from './cjs';\nimport data, { n } from './data.json';\n\
                     import { x, y, sub } from './all';\nconsole.log(d.a, a, ns.a, ns.default.a, data.n, n, x, y, sub.x);",
                ),
                ("cjs.js", "module.exports = { a: 1 };"),
                ("data.json", "{ \"n\": 5 }"),
                (
                    "all.ts",
                    "export * from './one';\nexport { z as y } from './one';\nexport * as sub from './one';\nexport const x = 'mine';",
                ),
                ("one.ts", "export const x = 'theirs';\nexport const z = 3;\nexport default 9;"),
            ],
            "1 1 1 1 5 5 mine 3 theirs",
        ),
        // Called functions have no `this`, as in an ES module.
        (
            &standard,
            &[
                ("main.ts", "import { f, t } from './f';\nconsole.log(f(), t`x`);"),
                (
                    "f.ts",
                    "export function f(this: unknown) { return this; }\nexport function t(this: unknown) { return this; }",
                ),
            ],
            "undefined undefined",
        ),
        // Enums, namespaces, parameter properties, and what needs no change.
        (
            &standard,
            &[(
                "main.ts",
                "export enum Color { Red, Blue = 5, Green, Name = 'n' }\nconst enum E { A = 2 }\n\
                 namespace N { export const a = 1; export namespace M { export const b = a + 1; } }\n\
                 class P { static s = 3; #x = 4; constructor(private readonly a: number, public b = 2) {} sum() { return this.a + this.b + this.#x; } }\n\
                 async function* g() { yield 1; yield* [2]; }\n\
                 (async () => { const seen: number[] = []; for await (const v of g()) seen.push(v);\n\
                 console.log(Color.Green, Color[0], Color.Name, E.A, N.M.b, new P(1).sum(), P.s, seen.join(), (null as any)?.x ?? 'none'); })();",
            )],
            "6 Red n 2 2 7 3 1,2 none",
        ),
        // `import()` keeps its meaning for modules that became CommonJS.
        (
            &standard,
            &[
                (
                    "main.ts",
                    "const f = async () => { const m = await import('./c'); const p = await import('node:path'); const d = await import('./d.json');\n\
                     console.log(m.default, m.a, p.sep, d.default.n); };\nf();",
                ),
                ("c.ts", "export const a = 1;\nexport default 2;"),
                ("d.json", "{ \"n\": 3 }"),
            ],
            "2 1 / 3",
        ),
        // An ES module can import the names of a module that became CommonJS.
        (
            &standard,
            &[
                ("main.ts", "import('./page.mjs');"),
                ("page.mjs", "import { a, b, c } from './c.js';\nconsole.log(a, b, c);"),
                ("c.ts", "export const a = 1;\nexport { sep as b } from 'node:path';\nexport * from './e';"),
                ("e.ts", "export const c = 3;"),
            ],
            "1 / 3",
        ),
        // `using` is newer than the target.
        (
            &standard,
            &[(
                "main.ts",
                "const log: string[] = [];\nconst open = (n: string) => ({ [Symbol.dispose]() { log.push(n); } });\n\
                 const later = (n: string) => ({ async [Symbol.asyncDispose]() { log.push(n); } });\n\
                 (async () => { { using a = open('a'); using b = open('b'); log.push('body'); }\n\
                 try { await using c = later('c'); throw new Error('x'); } catch (e) { log.push((e as Error).message); }\n\
                 console.log(log.join()); })();",
            )],
            "body,b,a,c,x",
        ),
        // TypeScript's own decorators.
        (
            &legacy,
            &[(
                "main.ts",
                "const log: string[] = [];\nconst note = (n: string) => (...args: any[]) => { log.push(n + args.length); };\n\
                 const twice = (t: any, k: string, d: PropertyDescriptor) => { const f = d.value; d.value = function () { return f.call(this) * 2; }; };\n\
                 const sealed = (c: any) => class extends c { sealed = true } as any;\n\
                 @sealed class A { @note('p') p = 1; @twice m() { return 21; } n(@note('a') a: string) {} }\n\
                 console.log(new A().m(), (new A() as any).sealed, log.join());",
            )],
            "42 true p2,a3",
        ),
        // `useDefineForClassFields: false` assigns fields, and drops those without a value.
        (
            &assigned,
            &[(
                "main.ts",
                "class B { set x(v: number) { console.log('set', v); } }\nclass A extends B { y; x = 1; }\nconsole.log('y' in new A());",
            )],
            "set 1\nfalse",
        ),
        // Paths of the module itself.
        (
            &standard,
            &[(
                "main.ts",
                "import { fileURLToPath } from 'url';\nimport { basename } from 'path';\n\
                 console.log(basename(import.meta.filename), fileURLToPath(import.meta.url) === __filename, import.meta.dirname === __dirname);\nexport {};",
            )],
            "main.js true true",
        ),
    ] {
        assert_eq!(run(files, config), expected, "{}", files[0].1);
    }
}

#[test]
fn jsx_is_compiled() {
    let mut modules = Modules::default();
    modules.add("page.tsx", "page.js", Kind::CommonJs);
    let text = "import { Page } from './page';\nexport const a = (t: string) => <Page title={t}>x</Page>;";
    let source = Source { name: "main.tsx", path: Path::new("main.tsx"), text, format: Format::CommonJs };
    let compiled = compile(&source, &TsConfig::default(), &modules).unwrap();
    assert!(compiled.code.contains("require(\"react/jsx-runtime\")"), "{}", compiled.code);
    assert!(compiled.code.contains("_1.jsx)(page_1.Page, {"), "{}", compiled.code);
    assert_eq!(compiled.warnings.len(), 1);
    let classic = TsConfig { classic_jsx: true, ..TsConfig::default() };
    let compiled = compile(&source, &classic, &modules).unwrap();
    assert!(compiled.code.contains("React.createElement(page_1.Page"), "{}", compiled.code);
}
