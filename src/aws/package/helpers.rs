//! The few functions that compiled modules call, written into each module that needs them.

use std::collections::BTreeSet;

/// Configurable, so that tracing tools can wrap a handler.
///
/// A function rather than a definition for each name: Node.js reads the text of a module to tell `import` its names,
/// and leaves out those whose getter it finds unusual.
const EXPORT: &str = r#"function __export(exports, getters) {
	for (const name of Object.keys(getters)) {
		Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: getters[name] });
	}
}
"#;

const IMPORT_DEFAULT: &str = r#"function __importDefault(module) {
	return module && module.__esModule ? module : { default: module };
}
"#;

const IMPORT_STAR: &str = r#"function __importStar(module) {
	if (module && module.__esModule) return module;
	const namespace = {};
	if (module !== null && (typeof module === "object" || typeof module === "function")) {
		for (const key of Object.getOwnPropertyNames(module)) {
			if (key === "default") continue;
			const { enumerable } = Object.getOwnPropertyDescriptor(module, key);
			Object.defineProperty(namespace, key, { enumerable, get: () => module[key] });
		}
	}
	return Object.defineProperty(namespace, "default", { enumerable: true, value: module });
}
"#;

const EXPORT_STAR: &str = r#"function __exportStar(module, exports) {
	for (const key in module) {
		if (key === "default" || Object.prototype.hasOwnProperty.call(exports, key)) continue;
		Object.defineProperty(exports, key, { enumerable: true, configurable: true, get: () => module[key] });
	}
}
"#;

/// Applies decorators last to first; one that returns a value replaces what it decorates.
const DECORATE: &str = r#"function __decorate(decorators, target, key, descriptor) {
	const isMember = arguments.length > 2;
	let result = !isMember ? target : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
	for (let at = decorators.length - 1; at >= 0; at--) {
		const decorator = decorators[at];
		if (!decorator) continue;
		const replaced = !isMember ? decorator(result) : descriptor === undefined ? decorator(target, key) : decorator(target, key, result);
		result = replaced || result;
	}
	if (isMember && descriptor !== undefined && result) Object.defineProperty(target, key, result);
	return result;
}
"#;

const DECORATE_PARAM: &str = r#"function __decorateParam(index, decorator) {
	return (target, key) => decorator(target, key, index);
}
"#;

const DECORATE_METADATA: &str = r#"function __decorateMetadata(key, value) {
	if (typeof Reflect === "object" && typeof Reflect.metadata === "function") return Reflect.metadata(key, value);
}
"#;

/// Holds what `using` declared in a block: `u` and `a` register, `e` is what the block threw, `d` disposes.
const USING_CTX: &str = r#"function __usingCtx() {
	const none = {};
	const stack = [];
	const dispose = Symbol.dispose || Symbol.for("Symbol.dispose");
	const asyncDispose = Symbol.asyncDispose || Symbol.for("Symbol.asyncDispose");
	function use(isAwait, value) {
		if (value !== null && value !== undefined) {
			if (Object(value) !== value) throw new TypeError("using declarations can only be used with objects, functions, null, or undefined.");
			let method = isAwait ? value[asyncDispose] : undefined;
			let isSync = false;
			if (method === undefined || method === null) {
				method = value[dispose];
				isSync = isAwait;
			}
			if (typeof method !== "function") throw new TypeError("Object is not disposable.");
			stack.push({ value, method, isAwait, isSync });
		} else if (isAwait) {
			stack.push({ value, method: undefined, isAwait, isSync: false });
		}
		return value;
	}
	return {
		e: none,
		u: (value) => use(false, value),
		a: (value) => use(true, value),
		d() {
			let error = this.e;
			const failed = (thrown) => {
				if (error === none) {
					error = thrown;
				} else if (typeof SuppressedError === "function") {
					error = new SuppressedError(thrown, error);
				} else {
					const suppressed = new Error("An error was suppressed during disposal.");
					error = Object.assign(suppressed, { name: "SuppressedError", error: thrown, suppressed: error });
				}
			};
			const next = () => {
				let resource;
				while ((resource = stack.pop())) {
					try {
						const result = resource.method && resource.method.call(resource.value);
						if (resource.isAwait) return Promise.resolve(resource.isSync ? undefined : result).then(next, (thrown) => { failed(thrown); return next(); });
					} catch (thrown) {
						failed(thrown);
					}
				}
				if (error !== none) throw error;
			};
			return next();
		}
	};
}
"#;

/// Writes the helpers with these names.
pub(super) fn write(header: &mut String, names: &BTreeSet<String>) -> Result<(), String> {
    for name in names {
        header.push_str(match name.as_str() {
            "export" => EXPORT,
            "importDefault" => IMPORT_DEFAULT,
            "importStar" => IMPORT_STAR,
            "exportStar" => EXPORT_STAR,
            "decorate" => DECORATE,
            "decorateParam" => DECORATE_PARAM,
            "decorateMetadata" => DECORATE_METADATA,
            "usingCtx" => USING_CTX,
            other => {
                return Err(format!("This file uses syntax that cannot be built yet ({other})."));
            }
        });
    }
    Ok(())
}
