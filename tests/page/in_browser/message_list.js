// A message-list on an otherwise empty page, and an engine that has a log of numbered lines behind it.
const PAGE = 60;

function line(place) {
  const text = `line ${place}`;
  const facts = {
    time: 1_800_000_000_000 + place * 1000,
    sender: "Ann",
    sender_id: "ann",
    own: false,
    state: "",
    error: "",
  };
  return { id: `${place}`, line: "text", order: place, text, ...facts };
}

globalThis.scene = {
  /** Half-open range of what the engine has loaded. */
  from: 0,
  head: 0,
  asked: 0,
  held: false,

  async open(count) {
    await customElements.whenDefined("message-list");
    this.list = document.createElement("message-list");
    this.list.style.height = "400px";
    document.body.replaceChildren(this.list);
    this.list.addEventListener("action", (event) => {
      if (event.message.event !== "earlier_requested") return;
      this.asked++;
      if (!this.held) void this.answer();
    });
    this.log = [];
    await this.come(count);
  },

  /** More than a page in one step leaves the newest page loaded. */
  async come(count, own = false) {
    this.head += count;
    if (count > PAGE) this.from = this.head - PAGE;
    await this.show(own);
  },

  async answer() {
    this.from = Math.max(0, this.from - PAGE);
    await this.show();
  },

  async show(own = false) {
    const lines = Array.from({ length: this.head - this.from }, (_, index) => line(this.from + index));
    if (own) lines.at(-1).own = true;
    this.list.chat = {
      kind: "chat",
      group_id: "g",
      name: "Tea",
      state: "active",
      lines,
      earlier: this.from > 0,
      alert: null,
    };
    await this.settled();
  },

  /** Drawn, with every answer, and the scroll events that it caused are over. */
  async settled() {
    for (let frames = 0; frames < 3; frames++) {
      await this.list.updateComplete;
      await new Promise(requestAnimationFrame);
    }
  },

  get view() {
    return this.list.renderRoot.querySelector(".log");
  },

  get numbers() {
    return [...this.view.querySelectorAll("[data-id]")].map((each) => Number(each.dataset.id));
  },

  place(number) {
    return this.view.querySelector(`[data-id="${number}"]`).getBoundingClientRect().top -
      this.view.getBoundingClientRect().top;
  },

  get atEnd() {
    return this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < 2;
  },

  async scrollTo(number, top = 50) {
    this.view.scrollTop += this.place(number) - top;
    await this.settled();
  },

  async press(name) {
    const button = [...this.list.renderRoot.querySelectorAll("button")].find((each) => each.textContent.includes(name));
    if (!button) return false;
    button.click();
    await this.settled();
    return true;
  },

  get words() {
    return this.list.renderRoot.textContent;
  },
};
