// The window's beginning: styles, the connection, the screen.
import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/ActionIcon.css";
import "@mantine/core/styles/CloseButton.css";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Tabs.css";
import "@mantine/core/styles/Tooltip.css";
import "./ui/theme.css";
import { MantineProvider } from "@mantine/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { stayConnected } from "./connect.ts";
import { messagePortTransport, takeToken, webSocketTransport } from "./transport.ts";
import { theme } from "./ui/theme.ts";

declare global {
  interface Window {
    /** Set by the preload where the window runs in a shell of its own. */
    readonly gristmillShell?: "electron";
  }
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root to draw into");

const transport =
  window.gristmillShell === "electron" ? messagePortTransport(window) : webSocketTransport(location, takeToken(window));
void stayConnected(transport, new AbortController().signal);

// Without variables and classes made at run time: theme.css has them, and the content security policy allows no others.
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <App />
    </MantineProvider>
  </StrictMode>,
);
