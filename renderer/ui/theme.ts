// Mantine's components in Gristmill's look. Colours are in theme.css; here is only what a style sheet cannot say.
import { ActionIcon, Button, CloseButton, createTheme, Tooltip } from "@mantine/core";

export const theme = createTheme({
  defaultRadius: "sm",
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "var(--gm-dim)", size: 26 } }),
    Button: Button.extend({
      defaultProps: { color: "var(--gm-brand)", fz: 12, fw: 600 },
      // Mantine writes white on any colour that is not its own; on the brand's of dark nobody could read that.
      vars: (_theme, { variant }) => ({
        root: variant === undefined || variant === "filled" ? { "--button-color": "var(--gm-on-brand)" } : {},
      }),
    }),
    CloseButton: CloseButton.extend({ defaultProps: { c: "var(--gm-dim)" } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        color: "var(--gm-text)",
        openDelay: 350,
        transitionProps: { duration: 0 },
        fz: 12,
        c: "var(--gm-surface)",
      },
    }),
  },
});
