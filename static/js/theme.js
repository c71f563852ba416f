// Sets the colour theme before the first paint. A classic script in the head: modules run too late.
(function () {
  "use strict";
  var KEY = "cogov-theme";
  function stored() {
    try {
      return window.localStorage.getItem(KEY) || "auto";
    } catch (error) {
      return "auto"; // storage may be switched off
    }
  }
  function apply(choice) {
    var dark = choice === "dark" || (choice === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    var root = document.documentElement;
    root.dataset.theme = dark ? "dark" : "light";
    root.dataset.bsTheme = root.dataset.theme;
    root.dataset.themeChoice = choice;
  }
  window.cogovTheme = {
    toggle: function () {
      var next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      try {
        window.localStorage.setItem(KEY, next);
      } catch (error) {
        // the choice then lasts for this page only
      }
      apply(next);
      return next;
    },
  };
  apply(stored());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    apply(stored());
  });
})();
