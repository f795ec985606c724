// Everything here is comfort: each page works without it.
"use strict";

const board = () => document.getElementById("board");

// "/" goes to the search, as in the tools people know; never while somebody is typing.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const find = document.getElementById("find");
  if (find) { event.preventDefault(); find.focus(); find.select(); }
});

// The board changed elsewhere: show it at once, unless somebody is about to press something on it.
document.addEventListener("boardChanged", () => {
  const at = board();
  if (at && !at.contains(document.activeElement) && !at.matches(":hover")) htmx.trigger(at, "refresh");
});

// A lost connection or a refused request is said aloud, not swallowed; but only if it was the person's own.
const byItself = (event) => event.target.matches("[data-watch]");
document.addEventListener("htmx:sendError", (event) => byItself(event) || tell("The server cannot be reached. What you typed is still here."));
document.addEventListener("htmx:responseError", (event) => byItself(event) || tell(event.detail.xhr.status === 403
  ? "Your role does not allow this, or the page is too old. Reload it and try again."
  : "That did not work. Reload the page and try again."));

function tell(sentence) {
  const place = document.getElementById("offline");
  place.textContent = sentence;
  place.className = "message error floating";
}
document.addEventListener("htmx:afterOnLoad", () => { document.getElementById("offline").className = "hidden"; });

// Menus close on Escape and on a click elsewhere.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => openMenus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") openMenus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

// After a refusal the first wrong field has the focus; after a swap that took the focused button away, the region has it.
const first = (place, selector) => { const found = place.querySelector(selector); if (found) found.focus(); return found; };
document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("content");
  page.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  first(page, "[aria-invalid='true']") || first(page, "[autofocus]");
});
document.addEventListener("htmx:afterSettle", (event) => {
  const place = document.getElementById(event.detail.target.id);
  if (!place || first(place, "[aria-invalid='true']") || document.activeElement !== document.body) return;
  if (place.matches("[tabindex]")) place.focus({ preventScroll: true });
});

// A box that looks again by itself leaves a person alone who is at work in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (byItself(event) && event.target.closest(".card").querySelector("details[open], :focus")) event.preventDefault();
});
