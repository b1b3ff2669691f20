// What tests ask of a page that is open. Each function is called by its name.
({
  // All that is written on the page in its own language, also where only a reader aloud meets it;
  // what says of itself that it is in another language is left out.
  words() {
    const own = document.documentElement.lang;
    const found = [document.title];
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        found.push(node.data);
      }
      if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE"].includes(node.tagName)) {
        return;
      }
      if (node.lang && node.lang !== own) {
        return;
      }
      for (const name of ["aria-label", "placeholder", "title", "alt", "data-label"]) {
        found.push(node.getAttribute(name) || "");
      }
      node.childNodes.forEach(walk);
    };
    walk(document.body);
    return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
  },

  // What hangs out at the side of the window.
  sideways() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) {
      return [];
    }
    const inScroller = (node) => node.parentElement && node.parentElement.closest(".wide");
    return [...document.querySelectorAll("body *")]
      .filter((node) => node.getBoundingClientRect().right > wide + 1 && !inScroller(node))
      .map((node) => `${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 60)}`)
      .slice(0, 5);
  },

  // Labels of pictures that lie on each other, or beyond the edge of their picture. The box of a
  // label is higher than its letters.
  labels() {
    const wrong = [];
    for (const picture of document.querySelectorAll("svg.picture")) {
      const frame = picture.getBoundingClientRect();
      const labels = [...picture.querySelectorAll("text")].map((text) => {
        const box = text.getBoundingClientRect();
        const slack = box.height / 5;
        const [top, bottom] = [box.top + slack, box.bottom - slack];
        return { text: text.textContent, left: box.left, right: box.right, top, bottom };
      });
      const name = picture.getAttribute("aria-labelledby");
      labels.forEach((one, n) => {
        if (one.left < frame.left - 1 || one.right > frame.right + 1
            || one.top < frame.top - 1 || one.bottom > frame.bottom + 1) {
          wrong.push(`${name}: ${one.text} is cut`);
        }
        for (const other of labels.slice(n + 1)) {
          if (one.left < other.right - 1 && other.left < one.right - 1
              && one.top < other.bottom && other.top < one.bottom) {
            wrong.push(`${name}: ${one.text} lies on ${other.text}`);
          }
        }
      });
    }
    return wrong;
  },

  // Has everything that is folded away be there.
  unfold() {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  },

  // Where a mark of a picture leads and no link does that the keyboard comes to.
  forPointersAlone() {
    const all = [...document.querySelectorAll("a[href]")];
    const turns = new Set(all.filter((one) => one.tabIndex >= 0).map((one) => one.getAttribute("href")));
    return all.map((one) => one.getAttribute("href")).filter((href) => !turns.has(href));
  },

  // From now on, notes what gets the focus, and whether that can be seen.
  follow() {
    const controls = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']";
    const there = [...document.querySelectorAll(controls)]
      .filter((each) => each.checkVisibility() && each.tabIndex >= 0);
    const said = (each) => `${each.tagName} ${each.name || ""} ${each.textContent.trim().slice(0, 40)}`;
    window.followed = [];
    document.addEventListener("focusin", ({ target }) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      const box = target.getBoundingClientRect();
      const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
      const visible = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && inside;
      window.followed.push([there.indexOf(target), visible, said(target)]);
    });
    return there.map(said);
  },
})
