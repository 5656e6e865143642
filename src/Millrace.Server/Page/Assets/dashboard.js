// What the server does now, asked once a second while it is looked at.

const Kept = 300; // seconds shown

const Plots = [
  ["plot-tokens", now => now.output_tokens_per_second, now => now.prompt_tokens_per_second],
  ["plot-requests", now => now.running, now => now.waiting],
  ["plot-itl", now => now.inter_token_ms?.p50, now => now.inter_token_ms?.p99],
  ["plot-kv", now => now.kv_blocks_used, now => now.kv_blocks_cached],
];

export class Dashboard {
  #at;
  #past = [];
  #timer = null;

  constructor(at) {
    this.#at = at;
    addEventListener("resize", () => this.draw());
    document.addEventListener("visibilitychange", () => this.run(!document.hidden && !at("dashboard").hidden));
  }

  /** Begins to ask, or stops. */
  run(wanted) {
    if (wanted && this.#timer === null) {
      this.#timer = setInterval(() => this.#ask(), 1000);
      this.#ask();
    } else if (!wanted && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  /** Draws the plots anew. */
  draw() {
    if (this.#at("dashboard").hidden) return;
    for (const [id, ...series] of Plots) plot(this.#at(id), series.map(value => this.#past.map(value)));
  }

  async #ask() {
    const stale = this.#at("stale");
    try {
      const answer = await fetch("v1/stats");
      const now = await answer.json();
      if (!answer.ok) throw new Error(now.error?.message ?? answer.statusText);
      this.#past.push(now);
      if (this.#past.length > Kept) this.#past.shift();
      this.#show(now);
      stale.hidden = true;
    } catch (error) {
      stale.textContent = `No news from the server: ${error.message}`;
      stale.hidden = false;
    }
  }

  #show(now) {
    const tiles = [
      ["output tokens/s", short(now.output_tokens_per_second)],
      ["prompt tokens/s", short(now.prompt_tokens_per_second)],
      ["in the batch", now.batch],
      ["waiting", now.waiting],
      ["first token, p50", ms(now.time_to_first_token_ms?.p50)],
      ["between tokens, p50", ms(now.inter_token_ms?.p50)],
      ["between tokens, p99", ms(now.inter_token_ms?.p99)],
      ["KV blocks used", `${now.kv_blocks_used} / ${now.kv_blocks}`, now.kv_blocks_used / now.kv_blocks],
      ["of memory bandwidth", percent(now.roofline), now.roofline],
      [now.energy_measured ? "tokens per joule" : "tokens per joule, estimated", short(now.tokens_per_joule)],
      ["requests done", short(now.requests.done)],
      ["refused", short(now.requests.refused)],
      [now.money.currency ? `earned, ${now.money.currency}` : "earned", short(now.money.earned_micros / 1e6)],
    ];
    this.#at("figures").replaceChildren(...tiles.map(([name, value, share]) => {
      const tile = document.createElement("div");
      tile.className = "tile";
      tile.append(Object.assign(document.createElement("b"), { textContent: value }), Object.assign(document.createElement("span"), { textContent: name }));
      if (share !== undefined && Number.isFinite(share)) tile.append(Object.assign(document.createElement("meter"), { max: 1, value: share, ariaLabel: name }));
      return tile;
    }));
    this.#at("models").replaceChildren(...now.models.map(model => {
      const row = document.createElement("tr");
      row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: model.name }));
      const cells = model.loaded
        ? [model.running, model.waiting, `${model.kv_blocks_used} + ${model.kv_blocks_cached} of ${model.kv_blocks}`, ms(model.step_ms), ms(model.predicted_step_ms), `${short(model.read_gb_per_second)} GB/s`, percent(model.roofline), short(model.tokens_per_joule)]
        : ["not loaded", "", "", "", "", "", "", ""];
      for (const cell of cells) row.insertCell().textContent = cell;
      return row;
    }));
    this.draw();
  }
}

const short = value => value === null || value === undefined ? "–" : value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
const ms = value => value === null || value === undefined ? "–" : `${short(value)} ms`;
const percent = value => value === null || value === undefined ? "–" : `${short(value * 100)} %`;

/** Lines over time, the newest at the right; the scale begins at 0. */
function plot(canvas, series) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const top = nice(Math.max(...series.flat().filter(Number.isFinite), 0));
  const shown = Math.max(60, series[0].length);
  const left = 44, bottom = height - 6;
  const y = value => bottom - value / top * (bottom - 10);
  context.font = "12px system-ui";
  context.fillStyle = colourOf(canvas, "--soft");
  context.strokeStyle = colourOf(canvas, "--edge");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const mark of [0, top / 2, top]) {
    context.fillText(short(mark), left - 6, y(mark));
    context.beginPath();
    context.moveTo(left, y(mark));
    context.lineTo(width, y(mark));
    context.stroke();
  }
  ["--accent", "--second"].forEach((colour, index) => {
    context.strokeStyle = colourOf(canvas, colour);
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();
    let pen = false;
    series[index].forEach((value, at) => {
      if (!Number.isFinite(value)) return void (pen = false);
      const x = width - (series[index].length - 1 - at) * (width - left) / (shown - 1);
      if (pen) context.lineTo(x, y(value));
      else context.moveTo(x, y(value));
      pen = true;
    });
    context.stroke();
  });
}

/** A custom property's colour as it is now: light-dark() is only resolved where it is used. */
function colourOf(canvas, name) {
  canvas.style.color = `var(${name})`;
  const colour = getComputedStyle(canvas).color;
  canvas.style.color = "";
  return colour;
}

/** The next round number above. */
function nice(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].find(step => step * power >= value) * power;
}
