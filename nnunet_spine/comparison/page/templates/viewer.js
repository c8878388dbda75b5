"use strict";
// The viewer of cases: decodes what nnunet_spine/casebook packed and draws the slice that is asked for.
(() => {
  const ZERO = 128, STEPS = 100, NO_STRUCTURE = 255; // bytes of distances, as in casebook/encode.py
  const TOO_MUCH = [213, 94, 0], MISSED = [86, 180, 233], CONFUSED = [240, 228, 66];
  const INSIDE = [43, 131, 255], ON = [255, 255, 255], OUTSIDE = [255, 127, 0];
  const IGNORED = [153, 153, 153];
  const LINE_PX = 2;
  const FAR_MM = 2; // as the key in viewer.html says; closer, the lines of reference and prediction would run together

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function picture(url) {
    return new Promise((done, failed) => {
      const image = new Image();
      image.onload = () => done(image);
      image.onerror = () => failed(new Error("a picture is damaged"));
      image.src = url;
    });
  }

  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function distanceColour(code) {
    if (code === NO_STRUCTURE) return CONFUSED;
    const share = (code - ZERO) / STEPS;
    const end = share < 0 ? INSIDE : OUTSIDE;
    return ON.map((value, i) => Math.round(value + Math.abs(share) * (end[i] - value)));
  }

  class Viewer {
    constructor(root) {
      this.root = root;
      this.data = JSON.parse(root.querySelector("script.case-data").textContent);
      this.size = this.data.rows * this.data.columns;
      this.slice = this.data.start;
      this.arm = 0;
      this.structure = -1;
      this.colours = new Map(this.data.labels.map((one) => [one.value, rgb(one.colour)]));
      this.names = new Map(this.data.labels.map((one) => [one.value, one.name]));
      this.panels = [...root.querySelectorAll("canvas")];
      this.slider = root.querySelector("input[type=range]");
      this.readout = root.querySelector(".readout");
    }

    async start() {
      this.reference = await unpack(this.data.reference);
      this.predictions = await Promise.all(this.data.predictions.map(async (one) => ({
        labels: await unpack(one.labels), distances: await unpack(one.distances),
        referenceDistances: await unpack(one.reference_distances),
      })));
      this.grey = await Promise.all(this.data.grey.map(picture));
      this.prepare();
      this.listen();
      this.draw();
      this.root.dataset.ready = "true";
    }

    prepare() {
      const [row, column] = this.data.pixel_mm;
      const scale = 2 / Math.min(row, column);
      this.width = Math.round(this.data.columns * column * scale);
      this.height = Math.round(this.data.rows * row * scale);
      const room = 1000 / Math.max(this.width, this.height);
      if (room < 1) { this.width = Math.round(this.width * room); this.height = Math.round(this.height * room); }
      for (const panel of this.panels) { panel.width = this.width; panel.height = this.height; }
      this.layer = document.createElement("canvas");
      this.layer.width = this.data.columns;
      this.layer.height = this.data.rows;
      this.slider.max = this.data.slices.length - 1;
    }

    listen() {
      const stage = this.root.querySelector(".stage");
      this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
      stage.addEventListener("keydown", (event) => this.key(event));
      stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      for (const select of this.root.querySelectorAll("select")) {
        select.addEventListener("change", () => { this[select.name] = Number(select.value); this.draw(); });
      }
      for (const button of this.root.querySelectorAll("button[data-slice]")) {
        button.addEventListener("click", () => this.show(this.nearest(Number(button.dataset.slice))));
      }
      for (const button of this.root.querySelectorAll("button[data-enlarge]")) {
        button.addEventListener("click", () => this.enlarge(button.dataset.enlarge));
      }
      for (const panel of this.panels) {
        panel.addEventListener("mousemove", (event) => this.point(panel, event));
        panel.addEventListener("mouseleave", () => this.leave());
      }
    }

    nearest(slice) {
      const distance = this.data.slices.map((one) => Math.abs(one - slice));
      return distance.indexOf(Math.min(...distance));
    }

    show(slice) {
      this.slice = Math.max(0, Math.min(this.data.slices.length - 1, slice));
      this.draw();
    }

    key(event) {
      const last = this.data.slices.length - 1;
      const target = {
        ArrowLeft: this.slice - 1, ArrowDown: this.slice - 1, ArrowRight: this.slice + 1, ArrowUp: this.slice + 1,
        Home: 0, End: last,
      }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      this.show(target);
    }

    // The wheel scrolls the page until the viewer is clicked, or nobody could get past it.
    wheel(event) {
      if (!this.root.querySelector(".stage").contains(document.activeElement)) return;
      event.preventDefault();
      this.show(this.slice + Math.sign(event.deltaY));
    }

    enlarge(layer) {
      this.root.dataset.enlarged = this.root.dataset.enlarged === layer ? "" : layer;
      this.draw();
    }

    at(volume, pixel) { return volume[this.slice * this.size + pixel]; }

    get members() {
      const structure = this.data.structures[this.structure];
      return structure ? new Set(structure.values) : null;
    }

    draw() {
      const members = this.members;
      for (const panel of this.panels) {
        const context = panel.getContext("2d");
        this.background(context, panel.dataset.layer === "image" ? 1 : 0.75);
        this[panel.dataset.layer](context, members);
      }
      const shown = this.data.slices[this.slice] + 1;
      this.slider.value = this.slice;
      this.slider.setAttribute("aria-valuetext", `slice ${shown} of ${this.data.total}`);
      for (const place of this.root.querySelectorAll("output, .at")) place.textContent = `${shown} of ${this.data.total}`;
      this.root.dataset.slice = this.data.slices[this.slice];
      for (const name of this.root.querySelectorAll(".by")) {
        name.textContent = this.data.predictions[this.arm].name;
      }
    }

    background(context, brightness) {
      context.fillStyle = "#000";
      context.fillRect(0, 0, this.width, this.height);
      if (!this.grey.length) return;
      context.globalAlpha = brightness;
      context.imageSmoothingQuality = "high";
      context.drawImage(this.grey[this.slice], 0, 0, this.width, this.height);
      context.globalAlpha = 1;
    }

    image(context) {
      const mm = this.data.pixel_mm[0] * this.data.rows / this.height;
      context.fillStyle = "#fff";
      context.shadowColor = "#000";
      context.shadowBlur = this.height / 100;
      context.font = `${Math.round(this.height / 26)}px sans-serif`;
      context.fillText("A", this.width * 0.02, this.height / 2);
      context.textAlign = "right";
      context.fillText("P", this.width * 0.98, this.height / 2);
      context.textAlign = "center";
      context.fillText("H", this.width / 2, this.height * 0.04);
      const bar = 50 / mm, y = this.height * 0.975;
      if (bar < this.width * 0.9) {
        context.fillRect(this.width * 0.05, y, bar, Math.max(2, this.height / 250));
        context.textAlign = "left";
        context.fillText("50 mm", this.width * 0.05, y - this.height * 0.01);
      }
      context.textAlign = "left";
      context.shadowBlur = 0;
    }

    reference_labels(context, members) { this.labels(context, this.reference, members); }

    prediction_labels(context, members) { this.labels(context, this.predictions[this.arm].labels, members); }

    labels(context, volume, members) {
      const offset = this.slice * this.size, columns = this.data.columns;
      this.paint(context, (pixel) => {
        const value = volume[offset + pixel];
        if (!value || (members && !members.has(value))) return null;
        if (value === this.data.ignore) return [...IGNORED, 60];
        const border = [1, -1, columns, -columns].some((step) => volume[offset + pixel + step] !== value);
        return [...(this.colours.get(value) || IGNORED), border ? 255 : 120];
      });
    }

    errors(context, members) {
      const offset = this.slice * this.size;
      const prediction = this.predictions[this.arm].labels;
      const wanted = members ? (value) => members.has(value) : (value) => value > 0;
      this.paint(context, (pixel) => {
        const truth = this.reference[offset + pixel], guess = prediction[offset + pixel];
        if (this.data.ignore !== null && truth === this.data.ignore) return [...IGNORED, 60];
        const inTruth = wanted(truth), inGuess = wanted(guess);
        if (inTruth && inGuess && !members && truth !== guess) return [...CONFUSED, 235];
        if (inTruth === inGuess) return inTruth ? [255, 255, 255, 40] : null;
        return [...(inGuess ? TOO_MUCH : MISSED), 235];
      });
    }

    distances(context, members) {
      const { labels, distances, referenceDistances } = this.predictions[this.arm];
      const offset = this.slice * this.size, columns = this.data.columns;
      const x = this.width / columns, y = this.height / this.data.rows;
      const line = LINE_PX * this.width / (context.canvas.clientWidth || this.width);
      const w = Math.max(x, line), h = Math.max(y, line);
      const far = FAR_MM / this.data.limit_mm * STEPS;
      // Whatever the direction of a line, every other pixel or pair of pixels of it.
      const dotted = (pixel) => (Math.floor(pixel / columns) + 2 * (pixel % columns)) % 4 < 2;
      // The worst last, so that nothing lies over it.
      const found = [];
      const add = (codes, map, wanted) => {
        for (let pixel = 0; pixel < this.size; pixel += 1) {
          const code = codes[offset + pixel];
          if (!code || (members && !members.has(map[offset + pixel]))) continue;
          if (wanted(code, pixel)) found.push([Math.abs(code - ZERO), pixel, code]);
        }
      };
      add(distances, labels, () => true);
      add(referenceDistances, this.reference, (code, pixel) => Math.abs(code - ZERO) >= far && dotted(pixel));
      found.sort((one, other) => one[0] - other[0]);
      for (const [, pixel, code] of found) {
        context.fillStyle = `rgb(${distanceColour(code).join(",")})`;
        context.fillRect((pixel % columns) * x - (w - x) / 2, Math.floor(pixel / columns) * y - (h - y) / 2, w, h);
      }
    }

    paint(context, colour) {
      const layer = this.layer.getContext("2d");
      const pixels = layer.createImageData(this.data.columns, this.data.rows);
      for (let pixel = 0; pixel < this.size; pixel += 1) {
        const value = colour(pixel);
        if (value) pixels.data.set(value, 4 * pixel);
      }
      layer.putImageData(pixels, 0, 0);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.layer, 0, 0, this.width, this.height);
      context.imageSmoothingEnabled = true;
    }

    point(panel, event) {
      const box = panel.getBoundingClientRect();
      const left = (event.clientX - box.left) / box.width, top = (event.clientY - box.top) / box.height;
      const column = Math.min(this.data.columns - 1, Math.floor(left * this.data.columns));
      const row = Math.min(this.data.rows - 1, Math.floor(top * this.data.rows));
      for (const mark of this.root.querySelectorAll(".mark")) {
        mark.style.left = `${100 * left}%`;
        mark.style.top = `${100 * top}%`;
        mark.hidden = false;
      }
      this.readout.textContent = this.describe(row * this.data.columns + column);
    }

    leave() {
      for (const mark of this.root.querySelectorAll(".mark")) mark.hidden = true;
      this.readout.textContent = "";
    }

    describe(pixel) {
      const { labels, distances, referenceDistances } = this.predictions[this.arm];
      const name = (value) => (value === this.data.ignore ? "ignored" : this.names.get(value) || "background");
      const parts = [`reference: ${name(this.at(this.reference, pixel))}`, `prediction: ${name(this.at(labels, pixel))}`];
      for (const [whose, other, codes] of [
        ["predicted", "reference", distances], ["reference's", "prediction", referenceDistances],
      ]) {
        const code = this.at(codes, pixel);
        if (code) parts.push(`${whose} border ${this.far(code, other)}`);
      }
      return parts.join(" · ");
    }

    far(code, other) {
      if (code === NO_STRUCTURE) return `of what the ${other} does not have`;
      const mm = (code - ZERO) / STEPS * this.data.limit_mm;
      if (!mm) return `on that of the ${other}`;
      const beyond = Math.abs(mm) >= this.data.limit_mm ? " or more" : "";
      return `${Math.abs(mm).toFixed(1)} mm${beyond} from that of the ${other} (too ${mm < 0 ? "small" : "large"})`;
    }
  }

  async function startAll() {
    let ready = 0;
    for (const root of document.querySelectorAll(".viewer")) {
      try {
        await new Viewer(root).start();
        ready += 1;
      } catch (error) {
        root.querySelector(".readout").textContent = `The pictures cannot be shown: ${error.message}. ` +
          "They need Chromium 80, Firefox 113 or Safari 16.4, or a later version.";
      }
    }
    document.documentElement.dataset.viewers = ready;
  }

  startAll();
})();
