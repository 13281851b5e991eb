"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const by = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 40;
  // What the note below the graph takes.
  const FOOT = 30;
  // Texts are only ever set as text, never as markup.
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const drawn = (tag, attributes, text) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  by("total").textContent = data.total;
  by("made").textContent = `planned ${data.time} by recon ${data.version}; ${data.nodes.length} resources`;
  document.title = `recon plan: ${data.total.split("\n")[0]}`;

  // --- Light and dark ---
  const root = document.documentElement;
  const paint = (theme) => {
    root.dataset.theme = theme;
    by("theme").textContent = theme === "dark" ? "Light" : "Dark";
  };
  const preference = matchMedia("(prefers-color-scheme: dark)");
  paint(preference.matches ? "dark" : "light");
  preference.addEventListener("change", (event) => paint(event.matches ? "dark" : "light"));
  const toggle = () => paint(root.dataset.theme === "dark" ? "light" : "dark");
  by("theme").addEventListener("click", toggle);

  // --- Problems ---
  for (const problem of data.problems) {
    const box = element("details");
    box.open = problem.severity === "Error" || data.problems.length < 3;
    box.append(element("summary", problem.severity === "Error" ? "destroy" : "change", `${problem.severity}: ${problem.summary}`));
    if (problem.address) box.append(element("p", "note", problem.address));
    box.append(element("p", "", problem.detail));
    by("problems").append(box);
  }

  // --- The list ---
  const groups = new Map();
  data.changes.forEach((change, at) => {
    if (!groups.has(change.verb)) groups.set(change.verb, []);
    groups.get(change.verb).push(at);
  });
  const first = { destroy: 0, change: 1, create: 2, read: 3 };
  const verbs = [...groups.keys()].sort((a, b) =>
    first[data.changes[groups.get(a)[0]].class] - first[data.changes[groups.get(b)[0]].class]);
  const rows = [];
  const heads = [];
  for (const verb of verbs) {
    const members = groups.get(verb);
    const head = element("li", "head", `${verb} (${members.length})`);
    head.setAttribute("role", "presentation");
    by("list").append(head);
    heads.push({ head, verb });
    for (const at of members) {
      const change = data.changes[at];
      const row = element("li", "item");
      row.id = `row-${at}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      const address = element("span");
      // Within a key there may be anything; the module is what the resource's own address has before it.
      const [module] = change.address.match(/^(?:module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)*/);
      if (module) address.append(element("span", "module", module));
      address.append(element("span", "", change.address.slice(module.length)));
      row.append(element("span", `symbol ${change.class}`, change.symbol), address);
      row.append(element("span", "hidden", ` ${change.phrase}`));
      row.addEventListener("click", () => choose(at, true));
      by("list").append(row);
      rows[at] = { row, verb };
    }
  }
  const more = element("div");
  more.id = "more";
  by("list").after(more);
  const extra = (title, lines) => {
    if (!lines.length) return;
    const button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => show([{ title, lines }]));
    more.append(button);
  };
  extra("Outputs", data.outputs);
  extra("Changed outside recon", data.outside);
  if (!data.changes.length) by("list").append(element("li", "head", "Nothing is to be done."));

  // --- Search and filters ---
  const shown = new Set(verbs);
  const buttons = verbs.map((verb) => {
    const members = groups.get(verb);
    const sample = data.changes[members[0]];
    const button = element("button", sample.class, `${sample.symbol} ${verb} (${members.length})`);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const alone = shown.size === 1 && shown.has(verb);
      shown.clear();
      (alone ? verbs : [verb]).forEach((one) => shown.add(one));
      buttons.forEach((other, at) => other.setAttribute("aria-pressed", String(!alone && verbs[at] === verb)));
      narrow();
    });
    by("filters").append(button);
    return button;
  });
  const matches = (address) => address.toLowerCase().includes(by("search").value.trim().toLowerCase());
  let visible = [];
  const narrow = () => {
    visible = [];
    const left = new Map();
    for (const verb of verbs) {
      for (const at of groups.get(verb)) {
        const on = shown.has(verb) && matches(data.changes[at].address);
        rows[at].row.hidden = !on;
        rows[at].row.style.display = on ? "" : "none";
        if (on) {
          visible.push(at);
          left.set(verb, (left.get(verb) || 0) + 1);
        }
      }
    }
    heads.forEach(({ head, verb }) => { head.style.display = left.has(verb) ? "" : "none"; });
    const narrowed = shown.size < verbs.length || by("search").value.trim() !== "";
    const on = new Set(visible);
    data.nodes.forEach((node, at) => {
      const own = node.changes.some((change) => on.has(change)) || (shown.size === verbs.length && matches(node.address));
      boxes[at].classList.toggle("off", narrowed && !own);
    });
  };
  by("search").addEventListener("input", () => narrow());

  // --- The graph ---
  const boxes = [];
  const lines = [];
  const near = data.nodes.map(() => []);
  {
    const nodes = document.createDocumentFragment();
    data.nodes.forEach((node, at) => {
      const box = drawn("g", { class: `node ${node.class}`, transform: `translate(${node.x} ${node.y})` });
      box.append(drawn("title", {}, node.address));
      box.append(drawn("rect", { width: node.w, height: HEIGHT, rx: 6 }));
      box.append(drawn("text", { class: "type", x: 10, y: 15 }, node.type));
      const count = node.changes.length > 1 ? ` (${node.changes.length})` : "";
      box.append(drawn("text", { x: 10, y: 31 }, `${node.symbol ? `${node.symbol} ` : ""}${node.name}${count}`));
      box.addEventListener("click", () => {
        if (!dragged) open(at);
      });
      boxes.push(box);
      nodes.append(box);
    });
    const edges = document.createDocumentFragment();
    data.edges.forEach(([from, to], at) => {
      const [a, b] = [data.nodes[to], data.nodes[from]];
      const [x1, y1, x2, y2] = [a.x + a.w, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
      const bend = Math.max((x2 - x1) / 2, 20);
      const line = drawn("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` });
      near[from].push(at);
      near[to].push(at);
      lines.push(line);
      edges.append(line);
    });
    data.frames.forEach((frame) => {
      const box = drawn("g", { class: "frame" });
      box.append(drawn("rect", { x: frame.x, y: frame.y, width: frame.w, height: frame.h, rx: 8 }));
      box.append(drawn("text", { x: frame.x + 14, y: frame.y + 20 }, frame.module));
      by("frames").append(box);
    });
    by("nodes").append(nodes);
    by("edges").append(edges);
  }
  const place = { x: 0, y: 0, scale: 1, held: false };
  const move = () => by("view").setAttribute("transform", `translate(${place.x} ${place.y}) scale(${place.scale})`);
  const fit = () => {
    const stage = by("stage").getBoundingClientRect();
    place.held = false;
    // Larger than it was drawn helps nobody.
    place.scale = Math.min(1.25, Math.max(0.02, Math.min(stage.width / data.width, (stage.height - FOOT) / data.height)));
    place.x = (stage.width - data.width * place.scale) / 2;
    place.y = (stage.height - FOOT - data.height * place.scale) / 2;
    move();
  };
  const zoom = (factor, x, y) => {
    const scale = Math.min(4, Math.max(0.02, place.scale * factor));
    place.x = x - (x - place.x) * (scale / place.scale);
    place.y = y - (y - place.y) * (scale / place.scale);
    place.scale = scale;
    place.held = true;
    move();
  };
  const centred = (factor) => {
    const stage = by("stage").getBoundingClientRect();
    zoom(factor, stage.width / 2, stage.height / 2);
  };
  by("graph").addEventListener("wheel", (event) => {
    event.preventDefault();
    const stage = by("stage").getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), event.clientX - stage.left, event.clientY - stage.top);
  }, { passive: false });
  let held = null;
  // Whoever moved the picture by a box did not mean to open it.
  let dragged = false;
  by("graph").addEventListener("pointerdown", (event) => {
    held = { x: event.clientX - place.x, y: event.clientY - place.y, from: [event.clientX, event.clientY] };
    dragged = false;
    by("graph").classList.add("moving");
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    if (Math.hypot(event.clientX - held.from[0], event.clientY - held.from[1]) > 4) dragged = true;
    place.held = true;
    place.x = event.clientX - held.x;
    place.y = event.clientY - held.y;
    move();
  });
  addEventListener("pointerup", () => {
    held = null;
    by("graph").classList.remove("moving");
  });
  by("fit").addEventListener("click", fit);
  // Brings a box into view where it is not, and large enough to be read.
  const reveal = (node) => {
    const stage = by("stage").getBoundingClientRect();
    if (place.scale < 0.7) {
      place.scale = 1;
      place.x = stage.width / 2 - data.nodes[node].x - data.nodes[node].w / 2;
      place.y = stage.height / 2 - data.nodes[node].y - HEIGHT / 2;
    }
    const into = (start, length, room) => {
      const gap = Math.min(24, Math.max(0, (room - length) / 2));
      return Math.max(gap - start, 0) + Math.min(room - gap - start - length, 0);
    };
    const { x, y, w } = data.nodes[node];
    place.x += into(place.x + x * place.scale, w * place.scale, stage.width);
    place.y += into(place.y + y * place.scale, HEIGHT * place.scale, stage.height);
    move();
  };
  by("legend").textContent = data.nodes.length ? "What stands on the left comes first. A line leads to what waits for it." : "no resources";

  // --- The panel ---
  const show = (parts) => {
    tell(by("content"), parts);
    by("panel").hidden = false;
    by("panel").scrollTop = 0;
  };
  const tell = (content, parts) => {
    content.replaceChildren();
    for (const part of parts) {
      content.append(element("h2", part.class || "", part.title));
      if (part.text) content.append(element("p", "", part.text));
      if (part.dear) content.append(element("p", "dear", "What users stored in it is lost for good."));
      if (part.lines.length) {
        const pre = element("pre");
        part.lines.forEach(([className, text]) => pre.append(element("span", className, text)));
        content.append(pre);
      }
    }
  };
  const detail = (at) => {
    const change = data.changes[at];
    return { title: `${change.symbol} ${change.address}`, class: change.class, text: change.phrase, dear: change.dear, lines: change.lines };
  };
  const owner = new Map();
  data.nodes.forEach((node, at) => node.changes.forEach((change) => owner.set(change, at)));
  let chosen = null;
  let marked;
  const mark = (node) => {
    document.querySelectorAll(".node.chosen").forEach((box) => box.classList.remove("chosen"));
    document.querySelectorAll("#edges .near").forEach((line) => line.classList.remove("near"));
    marked = undefined;
    if (node === undefined) return;
    boxes[node].classList.add("chosen");
    near[node].forEach((at) => lines[at].classList.add("near"));
    marked = node;
    reveal(node);
  };
  const choose = (at, opens) => {
    if (chosen !== null) rows[chosen].row.setAttribute("aria-selected", "false");
    chosen = at;
    rows[at].row.setAttribute("aria-selected", "true");
    rows[at].row.scrollIntoView({ block: "nearest" });
    by("list").setAttribute("aria-activedescendant", `row-${at}`);
    mark(owner.get(at));
    if (opens || !by("panel").hidden) show([detail(at)]);
  };
  const open = (node) => {
    const { address, changes } = data.nodes[node];
    if (changes.length) choose(changes[0], false);
    mark(node);
    const some = changes.slice(0, 50).map(detail);
    if (changes.length > 50) some.push({ title: `and ${changes.length - 50} more instances`, lines: [] });
    show(some.length ? some : [{ title: address, text: "stays as it is", lines: [] }]);
  };
  const close = () => {
    by("panel").hidden = true;
    mark(undefined);
    if (!place.held) fit();
    by("list").focus();
  };
  by("close").addEventListener("click", close);

  // --- Keys ---
  const step = (by_) => {
    if (!visible.length) return;
    const now = visible.indexOf(chosen);
    const next = now < 0 ? (by_ > 0 ? 0 : visible.length - 1) : Math.min(visible.length - 1, Math.max(0, now + by_));
    choose(visible[next], false);
  };
  by("keys").addEventListener("click", () => by("help").showModal());
  addEventListener("keydown", (event) => {
    if (by("help").open || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === by("search");
    const keys = {
      Escape: () => { if (typing) { by("search").value = ""; narrow(); by("list").focus(); } else close(); },
      Enter: () => {
        if (event.target.tagName === "BUTTON") return false;
        if (typing) by("list").focus();
        if (typing && visible.length) choose(visible[0], true);
        else if (chosen !== null) choose(chosen, true);
      },
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      ...(typing ? {} : {
        "/": () => { by("search").focus(); by("search").select(); },
        j: () => step(1), k: () => step(-1), f: fit, d: toggle,
        "+": () => centred(1.25), "-": () => centred(0.8), "?": () => by("help").showModal(),
      }),
    };
    const key = keys[event.key];
    if (key && key() !== false) event.preventDefault();
  });

  // --- Paper: everything that differs, whatever is chosen or left out on the screen ---
  addEventListener("beforeprint", () => {
    const parts = verbs.flatMap((verb) => groups.get(verb).map(detail));
    if (data.outputs.length) parts.push({ title: "Outputs", lines: data.outputs });
    if (data.outside.length) parts.push({ title: "Changed outside recon", lines: data.outside });
    for (const { severity, summary, detail } of data.problems) parts.push({ title: `${severity}: ${summary}`, text: detail, lines: [] });
    tell(by("paper"), parts);
  });
  addEventListener("afterprint", () => by("paper").replaceChildren());

  narrow();
  fit();
  // Also when the panel opens or closes: what is chosen stays in view, and what was seen whole stays so.
  new ResizeObserver(() => {
    if (marked !== undefined) reveal(marked);
    else if (!place.held) fit();
  }).observe(by("stage"));
})();
