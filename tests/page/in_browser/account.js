// The whole page with a pretended engine: views are shown by hand, what the page asks for is written down.
globalThis.scene = {
  sent: [],

  async open(...views) {
    const app = this.app = document.querySelector("mls-app");
    this.show = (view) => Object.getPrototypeOf(app).receive.call(app, view);
    const begin = app.begin.bind(app);
    app.receive = app.begin = () => {}; // the page's own engine does not start, and may say so only now
    begin({ send: (message) => this.sent.push(message), unsent: [] });
    app.state = { ...app.state, bootError: "", tab: null };
    this.sent.length = 0;
    for (const view of views) this.show(view);
    await app.updateComplete;
  },

  /** The last thing of this kind that the page asked for, null for none. */
  last(event) {
    return this.sent.findLast((message) => message.event === event) ?? null;
  },
};
