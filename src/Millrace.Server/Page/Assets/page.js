// The frame: views, theme, models, settings.
import { Chat } from "./chat.js";
import { Dashboard } from "./dashboard.js";

const at = id => document.getElementById(id);
const Fields = ["system", "temperature", "top_p", "max_tokens", "seed", "service_tier"];

/** What is kept between visits; a browser that refuses storage loses it, and nothing else. */
const kept = {
  read(name) { try { return JSON.parse(localStorage.getItem("millrace." + name)); } catch { return null; } },
  write(name, value) { try { localStorage.setItem("millrace." + name, JSON.stringify(value)); } catch { /* not kept */ } },
};

function theme(name) {
  if (name) document.documentElement.dataset.theme = name;
}

function toggleTheme() {
  const shown = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const next = shown === "dark" ? "light" : "dark";
  theme(next);
  kept.write("theme", next);
  dashboard.draw();
}

function settings() {
  const values = { model: at("model").value };
  for (const field of Fields) {
    const { value, type } = at(field);
    if (value !== "") values[field] = type === "number" ? Number(value) : value;
  }
  return values;
}

function showSettings(shown) {
  at("settings").hidden = !shown;
  at("settings-toggle").setAttribute("aria-expanded", shown);
  if (shown) at("system").focus();
}

function route() {
  const shown = location.hash === "#dashboard" ? "dashboard" : "chat";
  for (const view of ["chat", "dashboard"]) {
    at(view).hidden = view !== shown;
    at("to-" + view).toggleAttribute("aria-current", view === shown);
  }
  dashboard.run(shown === "dashboard");
  if (shown === "chat") at("text").focus();
}

async function models() {
  try {
    const answer = await fetch("v1/models");
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error?.message ?? answer.statusText);
    at("model").replaceChildren(...body.data.map(model => new Option(model.id)));
    const last = kept.read("model");
    if (body.data.some(model => model.id === last)) at("model").value = last;
  } catch (error) {
    chat.say(`The server does not answer: ${error.message}`);
  }
}

const chat = new Chat(at, settings, kept);
const dashboard = new Dashboard(at);
theme(kept.read("theme"));
const last = kept.read("settings") ?? {};
for (const field of Fields) {
  at(field).value = last[field] ?? "";
  at(field).addEventListener("change", () => kept.write("settings", settings()));
}
at("model").addEventListener("change", () => kept.write("model", at("model").value));
at("theme").addEventListener("click", toggleTheme);
at("settings-toggle").addEventListener("click", () => showSettings(at("settings").hidden));
at("settings-reset").addEventListener("click", () => {
  for (const field of Fields) at(field).value = "";
  kept.write("settings", {});
});
addEventListener("hashchange", route);
addEventListener("keydown", event => {
  if (event.key === "Escape") {
    if (!chat.stop() && !at("settings").hidden) showSettings(false);
  } else if (event.altKey && event.code === "KeyN") {
    event.preventDefault();
    chat.fresh();
  }
});
route();
models();
