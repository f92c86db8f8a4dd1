// Dark or light, before the page is drawn: the reader's choice, else the system's.
(() => {
  const root = document.documentElement;
  const NAME = "docsbot.theme";
  const remember = (act) => {
    try {
      return act(localStorage);
    } catch (error) {
      if (error instanceof DOMException) return null; // the browser keeps nothing: the system's it is
      throw error;
    }
  };
  const dark = () => root.dataset.theme === "dark" || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const kept = remember((storage) => storage.getItem(NAME));
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => button.setAttribute("aria-pressed", String(dark()));
    show();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      remember((storage) => storage.setItem(NAME, root.dataset.theme));
      show();
    });
  });
})();
