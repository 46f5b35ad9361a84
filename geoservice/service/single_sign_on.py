"""Sign-in with an account of the district: from a browser's request to its session."""

from geoservice.errors import ForbiddenError, GeoserviceError
from geoservice.model.single_sign_on import SingleSignOn
from geoservice.service.identity_provider import IdentityProvider
from geoservice.state.pending_sign_ins import PendingSignIns
from geoservice.state.sessions import Person, Sessions


class SignInDesk:
    """Starts and finishes sign-ins with the identity provider of the settings."""

    def __init__(self, settings: SingleSignOn, pending: PendingSignIns, sessions: Sessions) -> None:
        self._settings, self._pending, self._sessions = settings, pending, sessions
        self._provider = IdentityProvider(settings)

    @property
    def issuer(self) -> str:
        """The provider's name."""
        return self._settings.oidc_issuer

    @property
    def is_only(self) -> bool:
        """Whether browsers sign in with accounts alone."""
        return self._settings.oidc_only

    def begin(self, redirect_uri: str, *, is_again: bool = False) -> tuple[str, str]:
        """Return the address for the browser, and the text of its cookie.

        With ``is_again`` the provider asks for a new proof of identity.
        """
        pending = self._pending.begin()
        address = self._provider.address(pending, redirect_uri, is_again=is_again)
        return address, pending.browser

    def finish(self, returned: tuple[str, str], code: str, redirect_uri: str, before: str) -> str:
        """Return the cookie of a new session.

        It takes state and cookie of the browser, and the provider's code.

        Raises
        ------
        ForbiddenError
            If the state is unknown, used, late or of another browser, or the provider's answer
            will not do.
        """
        pending = self._pending.take(*returned)
        if pending is None:
            raise ForbiddenError(
                "The sign-in has expired, or another browser began it. Begin again at the start "
                "page."
            )
        if not code:
            raise ForbiddenError(
                "The identity provider refused the sign-in. Begin again, or ask the operator of "
                "the service."
            )
        person = self._provider.person(code, pending, redirect_uri)
        text, _ = self._sessions.begin(person.owner, before, person)
        return text

    def sign_out_address(self, return_to: str) -> str:
        """Return the address that signs a browser out at the provider.

        It is empty if the provider has none, or does not answer: signing out here never fails.
        """
        try:
            return self._provider.sign_out_address(return_to)
        except GeoserviceError:
            return ""

    def end(self, logout_token: str) -> None:
        """End the sign-ins that the provider has ended.

        Raises
        ------
        ForbiddenError
            If the token is not valid.
        """
        ended = self._provider.ended(logout_token)
        if ended.provider_session:
            self._sessions.end_at_provider(ended.provider_session)
        else:
            self._sessions.end_of(ended.owner)

    def scopes_of(self, person: Person) -> tuple[str, ...]:
        """What a person may do, by the settings as they are now."""
        return self._settings.scopes_of(person.groups)
