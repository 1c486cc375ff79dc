// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {DisputeBooks} from "./DisputeBooks.sol";
import {Handler} from "./Handler.sol";
import {Judgement} from "./Judgement.sol";

/// @title Parties and seats that use the court: honestly, dishonestly, late, or not at all.
abstract contract CourtHandler is Handler, DisputeBooks {
    uint256 private constant TRESPASSES = 12;
    uint256 private constant HAUNTINGS = 9;

    // ---- what the fuzzer calls: parties

    function challenge(uint256 seed, uint256 how) external {
        if (_live.length != 0) _challenge(_live[seed % _live.length], how);
    }

    /// @notice From nothing to a dispute, so that there is always one.
    function quarrel(uint256 seed, uint256 price, uint256 collateral, uint256 windows, uint256 charge) external {
        uint256 count = _deals.length;
        _open(_terms(seed | 0x100, price, collateral, windows));
        if (_deals.length == count) return;
        _submit(count, charge);
        _challenge(count, charge);
    }

    function _challenge(uint256 i, uint256 how) private {
        IDealEscrow.Deal memory deal = _deals[i];
        bool bySignature = how % 2 == 0;
        bytes memory signature = bySignature ? _signAs(deal.creator, challengeOf(_submitted[i])) : bytes("");
        if (!bySignature) vm.prank(deal.creator);
        if (!_call(abi.encodeCall(IDealEscrow.challenge, (deal, _submitted[i], signature)))) return;
        _noteChallenged(i);
    }

    function revealCommitment(uint256 seed) external {
        if (_disputed.length != 0) _revealCommitment(_anyDisputed(seed));
    }

    function appeal(uint256 seed, uint256 who) external {
        if (_disputed.length != 0) _appeal(_anyDisputed(seed), who);
    }

    function _appeal(uint256 i, uint256 who) private {
        ICourt.Dispute memory before = _seen[i];
        address payer = actors[who % ACTORS];
        vm.prank(payer);
        (bool success,) = _callCourt(abi.encodeCall(ICourt.appeal, (_deals[i], before.round + 1)));
        if (!success) return;
        _lodge(i, payer, Judgement.sizeOf(before.round + 1) * _deals[i].seatFee, !before.providerWrong);
        _observe(i);
    }

    // ---- anybody

    function draw(uint256 seed) external {
        if (_disputed.length != 0) _draw(_anyDisputed(seed));
    }

    function rearm(uint256 seed) external {
        if (_disputed.length != 0) _rearm(_anyDisputed(seed));
    }

    function tally(uint256 seed) external {
        if (_disputed.length != 0) _tally(_anyDisputed(seed));
    }

    function finish(uint256 seed) external {
        if (_disputed.length != 0) _finish(_anyDisputed(seed));
    }

    // ---- seats

    /// @param choice which digest; a vote that cannot be opened now and then
    function commit(uint256 seed, uint256 who, uint256 choice) external {
        if (_disputed.length == 0) return;
        uint256 i = _anyDisputed(seed);
        _commit(i, _anyMember(i, who, ICourt.Standing.Drawn), choice);
    }

    /// @dev All of a round, so that a campaign reaches what lies behind it; one that stays away now and then.
    function commitAll(uint256 seed, uint256 choices) external {
        if (_disputed.length != 0) _commitAll(_anyDisputed(seed), choices);
    }

    function _commitAll(uint256 i, uint256 choices) private {
        for (uint256 m = _seen[i].first; m < _ballots[i].length; ++m) {
            uint256 choice = uint256(keccak256(abi.encode(choices, m)));
            if (choice >> 252 == 0) continue;
            // most rounds are of one mind, in the others everybody tosses a coin
            _commit(i, m, choices >> 252 < 12 && choice >> 248 < 0xe0 ? choices : choice);
        }
    }

    function decline(uint256 seed, uint256 who) external {
        if (_disputed.length == 0) return;
        uint256 i = _anyDisputed(seed);
        uint256 m = _anyMember(i, who, ICourt.Standing.Drawn);
        vm.prank(_ownerOf(i, m));
        (bool success,) = _callCourt(abi.encodeCall(ICourt.decline, (_deals[i], m)));
        if (!success) return;
        _noteDeclined(i, m);
        _observe(i);
    }

    function reveal(uint256 seed, uint256 who) external {
        if (_disputed.length == 0) return;
        uint256 i = _anyDisputed(seed);
        _reveal(i, _anyMember(i, who, ICourt.Standing.Committed));
    }

    function revealAll(uint256 seed, uint256 choices) external {
        if (_disputed.length != 0) _revealAll(_anyDisputed(seed), choices);
    }

    function _revealAll(uint256 i, uint256 choices) private {
        if (choices % 16 != 0) _revealCommitment(i);
        for (uint256 m = _seen[i].first; m < _ballots[i].length; ++m) {
            if (uint256(keccak256(abi.encode(choices, m))) >> 252 != 0) _reveal(i, m);
        }
    }

    /// @notice What comes next in a dispute, whoever has to do it: the paths that lead far.
    function proceed(uint256 seed, uint256 choices) external {
        if (_disputed.length == 0) return;
        uint256 i = _anyDisputed(seed);
        ICourt.Phase phase = _seen[i].phase;
        if (phase == ICourt.Phase.Drawing && !_draw(i) && !_tally(i) && !_rearm(i)) _pass(5 * BLOCK_SEC);
        if (phase == ICourt.Phase.Voting) {
            _commitAll(i, choices);
            if (_seen[i].phase == phase) _waitUntil(_seen[i].deadline + 1);
            if ((choices >> 8) % 2 == 0) _revealAll(i, choices);
        }
        if (phase == ICourt.Phase.Revealing) _revealAll(i, choices);
        if (_seen[i].phase == ICourt.Phase.Revealing) _waitUntil(_seen[i].deadline + 1);
        if (phase == ICourt.Phase.Revealing) _tally(i);
        if (phase != ICourt.Phase.Judged || _finish(i)) return;
        if (choices % 4 == 0) _waitUntil(_seen[i].deadline + 1);
        else _appeal(i, choices >> 2);
    }

    // ---- adversaries

    /// @dev Calls that belong to somebody else.
    function trespass(uint256 seed, uint256 what, uint256 who) external {
        if (_disputed.length == 0) return;
        uint256 i = _anyDisputed(seed);
        address intruder = accounts[1 + who % ACTORS];
        uint256 m = _anyMember(i, who, what % 2 == 0 ? ICourt.Standing.Drawn : ICourt.Standing.Committed);
        if (_ownerOf(i, m) == intruder) return;
        (address target, bytes memory data) = _trespass(i, m, what % TRESPASSES, intruder);
        vm.prank(intruder);
        (bool success,) = target.call(data);
        if (success) broken = "a call succeeded that is another's";
    }

    /// @dev Anything at all on a deal that is over.
    function haunt(uint256 seed, uint256 what, uint256 who) external {
        if (_deals.length == 0) return;
        uint256 i = seed % _deals.length;
        if (states[i] != IDealEscrow.State.Closed) return;
        (address target, bytes memory data) = _haunting(i, what % HAUNTINGS, who);
        vm.prank(who % 2 == 0 ? _deals[i].creator : owners[(who >> 1) % OWNERS]);
        (bool success,) = target.call(data);
        if (success) broken = "the court did something after the end";
    }

    // ---- one step each

    function _draw(uint256 i) internal returns (bool) {
        return _step(i, address(this), abi.encodeCall(ICourt.draw, (_deals[i])));
    }

    function _rearm(uint256 i) internal returns (bool) {
        return _step(i, address(this), abi.encodeCall(ICourt.rearm, (idOf(_deals[i]))));
    }

    function _tally(uint256 i) internal returns (bool) {
        return _step(i, address(this), abi.encodeCall(ICourt.tally, (_deals[i])));
    }

    function _finish(uint256 i) internal returns (bool success) {
        uint256 appealBy = _seen[i].deadline;
        bool isJudged = _seen[i].phase == ICourt.Phase.Judged;
        (success,) = _callCourt(abi.encodeCall(ICourt.finish, (_deals[i], _submitted[i])));
        if (!success) return false;
        if (!isJudged || block.timestamp <= appealBy) broken = "finished too early";
        _noteFinished(i);
    }

    function _commit(uint256 i, uint256 m, uint256 choice) private {
        if (m >= _ballots[i].length) return;
        bytes32 digest = choice % 16 == 15 ? keccak256(abi.encode(m)) : _digestAt(choice);
        bool orTimeout = (choice >> 16) % 4 == 0;
        bytes26 vote = bytes26(_sealed(i, m, digest, orTimeout));
        if (!_step(i, _ownerOf(i, m), abi.encodeCall(ICourt.commit, (idOf(_deals[i]), m, vote)))) return;
        Judgement.Ballot storage b = _ballots[i][m];
        if (b.standing != ICourt.Standing.Drawn) broken = "voted twice";
        (b.standing, b.digest, b.orTimeout) = (ICourt.Standing.Committed, digest, orTimeout);
    }

    function _reveal(uint256 i, uint256 m) private {
        if (m >= _ballots[i].length) return;
        Judgement.Ballot memory b = _ballots[i][m];
        // the books first: this may be what the verdict waited for
        ICourt.Standing opened = b.orTimeout ? ICourt.Standing.RevealedOrTimeout : ICourt.Standing.Revealed;
        _ballots[i][m].standing = opened;
        bytes memory data = abi.encodeCall(ICourt.reveal, (idOf(_deals[i]), m, b.digest, b.orTimeout, SALT));
        if (!_step(i, _ownerOf(i, m), data)) _ballots[i][m].standing = b.standing;
        else if (b.standing != ICourt.Standing.Committed) broken = "opened what was not sealed";
    }

    function _revealCommitment(uint256 i) private {
        bytes32[3] memory digests = [RIGHT, LIE, TIMEOUT];
        bytes32 known = _given[i];
        for (uint256 k = 0; k < digests.length; ++k) {
            _given[i] = digests[k];
            bytes memory data = abi.encodeCall(ICourt.revealCommitment, (_submitted[i], digests[k], SALT));
            if (!_step(i, address(this), data)) continue;
            if (known != 0) broken = "opened its commitment twice";
            return;
        }
        _given[i] = known;
    }

    function _step(uint256 i, address caller, bytes memory data) private returns (bool success) {
        if (caller != address(this)) vm.prank(caller);
        (success,) = _callCourt(data);
        if (success) _observe(i);
    }

    // ---- what they are made of

    function _anyDisputed(uint256 seed) private view returns (uint256) {
        return _disputed[seed % _disputed.length];
    }

    /// @return m one of the round that stands so, or the last, or nobody
    function _anyMember(uint256 i, uint256 who, ICourt.Standing wanted) private view returns (uint256 m) {
        uint256 first = _seen[i].first;
        uint256 count = _ballots[i].length - first;
        for (uint256 k = 0; k < count; ++k) {
            m = first + (who % count + k) % count;
            if (_ballots[i][m].standing == wanted) return m;
        }
    }

    function _ownerOf(uint256 i, uint256 m) private view returns (address) {
        return m < _ballots[i].length ? _seats[_ballots[i][m].seat].owner : address(1);
    }

    function _sealed(uint256 i, uint256 m, bytes32 digest, bool orTimeout) private view returns (bytes32) {
        Judgement.Ballot memory b = _ballots[i][m];
        return keccak256(abi.encode(idOf(_deals[i]), b.round, b.seat, digest, orTimeout, SALT));
    }

    function _trespass(uint256 i, uint256 m, uint256 what, address intruder)
        private
        view
        returns (address target, bytes memory data)
    {
        bytes32 id = idOf(_deals[i]);
        uint256 seat = m < _ballots[i].length ? _ballots[i][m].seat : 0;
        if (_seats[seat].owner == intruder) seat = type(uint256).max;
        target = what < 7 ? address(court) : address(escrow);
        if (what == 0) data = abi.encodeCall(ICourt.commit, (id, m, bytes26(uint208(1))));
        if (what == 1) data = abi.encodeCall(ICourt.reveal, (id, m, RIGHT, false, SALT));
        if (what == 2) data = abi.encodeCall(ICourt.decline, (_deals[i], m));
        if (what == 3) data = abi.encodeCall(ICourt.askExit, (seat));
        if (what == 4) data = abi.encodeCall(ICourt.leaveSeat, (seat));
        if (what == 5) data = abi.encodeCall(ICourt.begin, (id));
        if (what == 6) data = abi.encodeCall(ICourt.begin, (keccak256("no deal")));
        if (what == 7) data = abi.encodeCall(IDealEscrow.collect, (owners[0], 1));
        if (what == 8) data = abi.encodeCall(IDealEscrow.pay, (intruder, 1));
        if (what == 9) data = abi.encodeCall(IDealEscrow.resolve, (_deals[i], _submitted[i], true, false));
        if (what == 10) data = abi.encodeCall(IDealEscrow.claim, (_deals[i], _submitted[i]));
        if (what == 11) data = abi.encodeCall(IDealEscrow.challenge, (_deals[i], _submitted[i], ""));
    }

    function _haunting(uint256 i, uint256 what, uint256 who) private view returns (address, bytes memory data) {
        bytes32 id = idOf(_deals[i]);
        uint256 m = who % 3;
        if (what == 0) data = abi.encodeCall(ICourt.draw, (_deals[i]));
        if (what == 1) data = abi.encodeCall(ICourt.rearm, (id));
        if (what == 2) data = abi.encodeCall(ICourt.commit, (id, m, bytes26(uint208(1))));
        if (what == 3) data = abi.encodeCall(ICourt.decline, (_deals[i], m));
        if (what == 4) data = abi.encodeCall(ICourt.reveal, (id, m, RIGHT, false, SALT));
        if (what == 5) data = abi.encodeCall(ICourt.revealCommitment, (_submitted[i], RIGHT, SALT));
        if (what == 6) data = abi.encodeCall(ICourt.tally, (_deals[i]));
        if (what == 7) data = abi.encodeCall(ICourt.appeal, (_deals[i], 1 + m % 2));
        if (what == 8) data = abi.encodeCall(ICourt.finish, (_deals[i], _submitted[i]));
        return (address(court), data);
    }
}
