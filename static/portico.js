// Copy buttons, typed confirmations and focus after swaps. Every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const announce = (words) => {
    const place = document.getElementById("announce");
    if (place) place.textContent = words;
  };

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  // navigator.clipboard exists only on https and localhost; elsewhere the line is selected for Ctrl-C.
  const copy = async (button) => {
    const source = button.parentElement.querySelector(".copy-text");
    let words = "Copied";
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      select(source);
      words = "Press Ctrl-C";
    }
    const before = button.dataset.words || button.textContent;
    button.dataset.words = before;
    button.textContent = words;
    announce(words);
    window.setTimeout(() => { button.textContent = before; }, 2000);
  };

  const checkTyped = (input) => {
    const button = input.form && input.form.querySelector("[type=submit]");
    if (button) button.disabled = input.value.trim() !== input.dataset.typed;
  };

  const prepare = (part) => {
    part.querySelectorAll("[data-typed]").forEach(checkTyped);
    const wanted = part.matches && part.matches("[data-focus]") ? part : part.querySelector("[data-focus]");
    if (wanted) wanted.focus();
    const told = part.matches && part.matches("[data-announce]") ? part : part.querySelector("[data-announce]");
    if (told) announce(told.dataset.announce);
  };

  const closeMenus = (except) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!except || !menu.contains(except)) menu.open = false;
    });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    const line = event.target.closest("[data-remove-line]");
    if (line) removeLine(line);
    closeMenus(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest && event.target.closest("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A choice opens what there is to say about it; without this file one opens that oneself.
  document.addEventListener("change", (event) => {
    const line = event.target.closest("fieldset.line");
    const more = line && line.querySelector("details[data-open-unless]");
    if (more && event.target.type === "radio" && event.target.value !== more.dataset.openUnless) more.open = true;
  });

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-typed]")) checkTyped(event.target);
  });

  // A line taken out on the page is told to the server by its "remove" box, so that nothing is renumbered here.
  const removeLine = (button) => {
    const line = button.closest("[data-line]");
    const box = line && line.querySelector("input[type=checkbox][name$=DELETE]");
    if (!box) return;
    box.checked = true;
    line.hidden = true;
    announce("Line removed");
    const next = document.querySelector("[data-line]:not([hidden]) select, [data-add-line]");
    if (next) next.focus();
  };

  // A second click on a form that is on its way does nothing. One that brings a file (data-again) leaves the page as it
  // is, so it may be sent again, but not by a double click: that would drop the answer to the first.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "1";
      if (form.hasAttribute("data-again")) window.setTimeout(() => { delete form.dataset.sent; }, 2000);
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  // What is refused to a script is told on the page, as it would be told to the browser.
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const told = document.importNode(page.querySelector("main .alert-p") || document.createElement("p"), true);
    if (!told.textContent) told.textContent = "This did not work. Try again in a moment.";
    told.setAttribute("role", "alert");
    told.id = "refusal";
    const before = document.getElementById("refusal");
    if (before && before.textContent === told.textContent) return;  // a part that asks again says it once
    if (before) before.replaceWith(told);
    else document.getElementById("main").prepend(told);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const told = event.detail.successful && document.getElementById("refusal");
    if (told) told.remove();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    prepare(target.isConnected ? target : document.getElementById(target.id) || document.body);
  });

  prepare(document.body);
})();
