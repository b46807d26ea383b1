// A panel that fails shows its own failure and leaves the others alone.
import { IconAlertTriangle } from "@tabler/icons-react";
import { Component, type ReactNode } from "react";
import { Lesson } from "./lesson.tsx";

interface Props {
  readonly name: string;
  readonly children: ReactNode;
}
interface State {
  readonly error: Error | null;
}

/** A class because React catches errors in classes only. */
export class PanelGuard extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Lesson icon={<IconAlertTriangle size={22} />} title={`The ${this.props.name} panel stopped`}>
        This is a bug in Gristmill: {this.state.error.message}. The other panels and the log's upload are not affected.
        Reload the window to start the panel again.
      </Lesson>
    );
  }
}
