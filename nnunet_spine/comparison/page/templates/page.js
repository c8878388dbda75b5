"use strict";
// Tables that can be sorted, a side bar that knows where one is, and nothing folded away on paper.
(() => {
  const number = (text) => {
    const found = text.replace("−", "-").match(/^[^\d-]*(-?\d+(?:\.\d+)?(?:e-?\d+)?)/i);
    return found ? Number(found[1]) : NaN;
  };

  function compare(one, other, sign) {
    const [a, b] = [number(one), number(other)];
    if (Number.isNaN(a) && Number.isNaN(b)) return sign * one.localeCompare(other, "en", { numeric: true });
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1;
    return sign * (a - b);
  }

  function sort(table, head, column) {
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const isNumber = head.classList.contains("number");
    const rows = [...table.tBodies[0].rows];
    const text = (row) => row.cells[column].textContent.trim();
    rows.sort((one, other) => isNumber
      ? compare(text(one), text(other), sign)
      : sign * text(one).localeCompare(text(other), "en", { numeric: true }));
    table.tBodies[0].append(...rows);
  }

  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length < 3) continue;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  }

  const links = new Map([...document.querySelectorAll(".side a")].map((link) => [link.hash.slice(1), link]));
  const parts = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const here = parts.filter((part) => part.getBoundingClientRect().top < 120).pop() || parts[0];
    for (const [id, link] of links) {
      if (here && id === here.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", mark, { passive: true });
  mark();

  // A link into something folded opens it.
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const around = (one) => one && one.closest("details");
    for (let fold = around(target); fold; fold = around(fold.parentElement)) fold.open = true;
  };
  addEventListener("hashchange", open);
  open();

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
})();
