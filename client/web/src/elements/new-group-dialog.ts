import { html, type TemplateResult } from "lit";
import { MAX_NAME_CHARS } from "../generated/engine.ts";
import { ActionEvent } from "./events.ts";
import { ModalDialog } from "./modal-dialog.ts";

/** Asks for the new group's name. */
export class NewGroupDialog extends ModalDialog {
  static override properties = { name: { state: true } };
  declare name: string;

  readonly heading = "New group";

  constructor() {
    super();
    this.name = "";
  }

  override body(): TemplateResult {
    return html`
      <form @submit=${this.#create}>
        <label>Group name
          <input autofocus autocomplete="off" maxlength=${MAX_NAME_CHARS} required .value=${this.name} @input=${this
            .#typed}>
        </label>
        <p class="soft">Only members see it: it is encrypted like everything else.</p>
        <button class="primary" ?disabled=${!this.name.trim()}>Create</button>
      </form>
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
