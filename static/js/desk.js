// What every page of the desk needs: theme button, menu drawer on narrow screens, drop-downs, double-submit guard.

function setUpTheme() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.addEventListener("click", () => window.cogovTheme.toggle());
  }
}

function setUpSidebar() {
  const opener = document.querySelector("[data-sidebar-open]");
  const sidebar = document.getElementById("sidebar");
  if (!opener || !sidebar) {
    return;
  }
  const show = (open) => {
    document.body.classList.toggle("sidebar-open", open);
    opener.setAttribute("aria-expanded", String(open));
    if (open) {
      sidebar.querySelector("a")?.focus();
    } else {
      opener.focus();
    }
  };
  opener.addEventListener("click", () => show(!document.body.classList.contains("sidebar-open")));
  document.querySelector("[data-sidebar-close]")?.addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("sidebar-open")) {
      show(false);
    }
  });
  sidebar.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
}

// Which groups of the menu a person keeps open is his own affair; the group of the current page is always open.
function setUpMenu() {
  const KEY = "cogov-menu";
  let kept = {};
  try {
    kept = JSON.parse(window.localStorage.getItem(KEY)) ?? {};
  } catch {
    kept = {};
  }
  for (const group of document.querySelectorAll("[data-menu-group]")) {
    const code = group.dataset.menuGroup;
    if (code in kept && !group.querySelector("[aria-current]")) {
      group.open = kept[code];
    }
    group.querySelector("summary").addEventListener("click", () => {
      kept[code] = !group.open;
      try {
        window.localStorage.setItem(KEY, JSON.stringify(kept));
      } catch {
        // storage may be switched off
      }
    });
  }
}

function setUpDropdowns() {
  const open = () => document.querySelectorAll("details.dropdown[open]");
  document.addEventListener("click", (event) => {
    for (const details of open()) {
      if (!details.contains(event.target)) {
        details.removeAttribute("open");
      }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    for (const details of open()) {
      details.removeAttribute("open");
      details.querySelector("summary")?.focus();
    }
  });
}

// A slow service must not be asked twice because somebody clicked twice.
function setUpForms() {
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent === "yes") {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      window.setTimeout(() => delete form.dataset.sent, 4000);
    });
  }
}

setUpTheme();
setUpMenu();
document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
setUpSidebar();
setUpDropdowns();
setUpForms();
