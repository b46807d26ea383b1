import { ActionIcon, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const schemes = {
  auto: { next: "light", icon: IconDeviceDesktop, words: "Colours as the system has them" },
  light: { next: "dark", icon: IconSun, words: "Light colours" },
  dark: { next: "auto", icon: IconMoon, words: "Dark colours" },
} as const;

/** Goes round: as the system, light, dark. */
export function SchemeToggle() {
  // Holding transitions back would take a <style> element, which the content security policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { next, icon: Icon, words } = schemes[colorScheme];
  return (
    <Tooltip label={words}>
      <ActionIcon
        size={30}
        aria-label={`${words}. Change.`}
        onClick={() => setColorScheme(next)}
        data-testid="scheme-toggle"
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
