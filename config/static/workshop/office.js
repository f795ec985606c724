/* The theme opens its list of filters by a link that leads nowhere: the keyboard reaches it here as a button. */
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("a:not([href])").forEach((link) => {
    if (!link.hasAttribute("x-on:click")) return;
    link.tabIndex = 0;
    link.setAttribute("role", "button");
    link.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  });
});
