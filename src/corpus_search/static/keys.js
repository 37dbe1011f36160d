/* Keys for all pages: / to the search box, j and k through hits or matches, Enter opens, ? lists the keys. Citations
   open in a dialog instead of on a page of their own. Without this script everything is a link. */
"use strict";
{
  const hits = [...document.querySelectorAll("li.hit")];
  let current = -1;

  function dialog(element) {
    document.body.append(element);
    element.addEventListener("close", () => element.remove());
    element.addEventListener("click", (event) => {
      if (event.target === element) {
        element.close();
      }
    });
    element.showModal();
  }

  function move(step) {
    if (hits.length === 0) {
      document.dispatchEvent(new CustomEvent("step", { detail: step }));
      return;
    }
    hits[current]?.classList.remove("current");
    current = Math.min(Math.max(current + step, 0), hits.length - 1);
    hits[current].classList.add("current");
    hits[current].querySelector("h2 a").focus();
    hits[current].scrollIntoView({ block: "nearest" });
  }

  function offer(root) {
    for (const button of root.querySelectorAll("[data-copy]")) {
      button.hidden = false;
    }
  }

  async function copied(button) {
    const text = button.closest("section").querySelector("blockquote");
    try {
      await navigator.clipboard.writeText(text.textContent.trim());
      button.textContent = button.dataset.copied;
    } catch {
      // No clipboard but over HTTPS: what is to be copied is at least selected.
      getSelection().selectAllChildren(text);
    }
  }

  async function cite(link) {
    let page;
    try {
      const answer = await fetch(link.href);
      page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      page = null;
    }
    const citations = page && page.querySelector(".citations");
    if (!citations) {
      location.assign(link.href);
      return;
    }
    const box = document.createElement("dialog");
    box.setAttribute("aria-labelledby", "cite-title");
    box.append(document.importNode(citations, true));
    offer(box);
    dialog(box);
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog");
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing) {
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (event.key === "/") {
      const box = document.querySelector("input[type=search]");
      box.focus();
      box.select();
    } else if (step) {
      move(step);
    } else if (event.key === "?") {
      dialog(document.importNode(document.querySelector("#keys-help").content, true).querySelector("dialog"));
    } else {
      return;
    }
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-cite");
    const copy = event.target.closest("[data-copy]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      cite(link);
    } else if (copy) {
      copied(copy);
    }
  });

  offer(document);
}
