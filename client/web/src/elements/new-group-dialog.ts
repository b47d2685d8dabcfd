import { html, LitElement, type TemplateResult } from "lit";
import { controls } from "../styles/controls.ts";
import { ActionEvent } from "./events.ts";
import "./modal-dialog.ts";

const MAX_NAME_CHARS = 64;

/** Asks for the new group's name. */
export class NewGroupDialog extends LitElement {
  static override properties = { name: { state: true } };
  declare name: string;

  static override styles = [controls];

  constructor() {
    super();
    this.name = "";
  }

  override render(): TemplateResult {
    return html`
      <modal-dialog heading="New group">
        <form @submit=${this.#create}>
          <label>Group name
            <input autocomplete="off" maxlength=${MAX_NAME_CHARS} required autofocus .value=${this.name} @input=${this
              .#typed}>
          </label>
          <p class="soft">Only members see it: it is encrypted like everything else.</p>
          <button class="primary" ?disabled=${!this.name.trim()}>Create</button>
        </form>
      </modal-dialog>
    `;
  }

  #typed(event: InputEvent): void {
    this.name = (event.target as HTMLInputElement).value;
  }

  #create(event: SubmitEvent): void {
    event.preventDefault();
    const name = this.name.trim();
    if (name) this.dispatchEvent(new ActionEvent({ event: "group_requested", name }));
  }
}

customElements.define("new-group-dialog", NewGroupDialog);
