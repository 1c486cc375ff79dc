// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Judgement} from "./Judgement.sol";
import {SeatHandler} from "./SeatHandler.sol";

/// @title The books of disputes: who voted what, which deposits lie where, which deadline runs, and where all of it goes.
abstract contract DisputeBooks is SeatHandler {
    using Judgement for Judgement.Ballot[];
    using Judgement for Judgement.Ballot;

    struct Lodged {
        address payer;
        uint256 amount;
        bool forCreator;
    }

    /// @dev What the payout of one dispute comes to.
    struct Payout {
        bytes32 digest;
        bool decided;
        uint256 right; // how many voted for `digest`
        uint256 opened; // how many opened any vote
        uint256 pot;
    }

    uint256 internal constant MAX_PROBES = 960;

    uint256 public depositsInBooks;
    /// @dev fees of those that declined in disputes that run
    uint256 public declinedInBooks;
    uint256[] internal _disputed;
    mapping(uint256 deal => ICourt.Dispute) internal _seen;
    mapping(uint256 deal => Judgement.Ballot[]) internal _ballots;
    mapping(uint256 deal => Lodged[]) internal _lodged;
    mapping(uint256 deal => bytes32) internal _given;
    mapping(uint256 deal => uint256) private _roundsJudged;
    /// @dev how often a dispute ended with so many judged rounds, for either side
    mapping(uint256 rounds => mapping(bool providerWrong => uint256)) public endings;
    uint256 public dropped;

    // ---- what the invariants read

    function liveDisputes() external view returns (uint256[] memory) {
        return _disputed;
    }

    function seenAt(uint256 i) external view returns (ICourt.Dispute memory) {
        return _seen[i];
    }

    function ballotsAt(uint256 i) external view returns (Judgement.Ballot[] memory) {
        return _ballots[i];
    }

    // ---- entries

    function _noteChallenged(uint256 i) internal {
        IDealEscrow.Deal memory deal = _deals[i];
        if (states[i] != IDealEscrow.State.Submitted || deal.committee == 0) broken = "challenged what cannot be";
        if (block.timestamp > deadlines[i]) broken = "challenged late";
        (states[i], deadlines[i]) = (IDealEscrow.State.Disputed, 0);
        _disputed.push(i);
        _lodge(i, deal.creator, 3 * deal.seatFee, true);
        _seen[i] = court.disputeOf(idOf(deal));
        if (_seen[i].phase != ICourt.Phase.Drawing || _seen[i].deadline != 0) broken = "began oddly";
    }

    function _lodge(uint256 i, address payer, uint256 amount, bool forCreator) internal {
        freeInBooks[payer] -= amount;
        depositsInBooks += amount;
        _lodged[i].push(Lodged(payer, amount, forCreator));
    }

    function _noteDeclined(uint256 i, uint256 member) internal {
        uint256 fee = _deals[i].seatFee;
        uint256 seat = _ballots[i][member].seat;
        _ballots[i][member].standing = ICourt.Standing.Declined;
        _seats[seat].risk -= 3 * fee;
        _seats[seat].stake -= fee;
        stakesInBooks -= fee;
        declinedInBooks += fee;
    }

    /// @dev After any call that changed a dispute: which seats it has now, and whether its clock may stand where it stands.
    function _observe(uint256 i) internal {
        ICourt.Dispute memory before = _seen[i];
        ICourt.Dispute memory d = court.disputeOf(idOf(_deals[i]));
        for (uint256 m = _ballots[i].length; m < d.members; ++m) {
            ICourt.Member memory member = court.memberOf(idOf(_deals[i]), m);
            _checkDrawn(i, d, member.seat);
            _ballots[i].push(Judgement.Ballot(d.round, member.seat, ICourt.Standing.Drawn, 0, false));
            _seats[member.seat].risk += 3 * _deals[i].seatFee;
        }
        _seen[i] = d;
        _checkClock(i, before, d);
        if (d.phase == ICourt.Phase.Judged && before.phase != ICourt.Phase.Judged) _noteJudged(i, before, d);
    }

    /// @dev One owner, one member, never a party; of a seat that was there before the challenge and did not want to leave.
    function _checkDrawn(uint256 i, ICourt.Dispute memory d, uint256 seat) private {
        ICourt.Seat memory s = court.seatAt(seat);
        IDealEscrow.Deal memory deal = _deals[i];
        bool fits = s.owner != address(0) && s.owner != deal.creator && s.owner != deal.provider;
        fits = fits && s.from < d.challengedAt && (s.exit == 0 || s.exit >= d.roundAt);
        fits = fits && s.capabilities & deal.needs == deal.needs && s.risk <= s.stake;
        for (uint256 m = 0; m < _ballots[i].length; ++m) {
            Judgement.Ballot memory b = _ballots[i][m];
            // a seat that declined may have another owner by now
            if (b.standing != ICourt.Standing.Declined && _seats[b.seat].owner == s.owner) fits = false;
        }
        if (!fits) broken = "drew a seat that is not eligible";
    }

    /// @dev The whole table of clocks. A deadline that runs stands still; a new one is what the document says.
    function _checkClock(uint256 i, ICourt.Dispute memory before, ICourt.Dispute memory d) private {
        uint256 expected = before.deadline;
        uint256 revealBy = before.phase == ICourt.Phase.Voting ? before.deadline + REVEAL_WINDOW : before.deadline;
        bool voteIsOver = before.phase == ICourt.Phase.Voting && block.timestamp > before.deadline;
        bool allowed = true;
        if (d.phase == ICourt.Phase.Drawing && before.phase == ICourt.Phase.Judged) {
            allowed = d.round == before.round + 1 && !d.seeded && block.timestamp <= before.deadline;
            expected = 0;
        } else if (d.phase == ICourt.Phase.Drawing) {
            allowed = before.phase == ICourt.Phase.Drawing && d.round == before.round;
            if (d.seeded && !before.seeded) expected = block.timestamp + REVEAL_WINDOW;
        } else if (d.phase == ICourt.Phase.Voting && before.phase != ICourt.Phase.Voting) {
            allowed = before.phase == ICourt.Phase.Drawing && d.seated == Judgement.sizeOf(d.round);
            expected = block.timestamp + _deals[i].voteWindow;
        } else if (d.phase == ICourt.Phase.Revealing && before.phase != ICourt.Phase.Revealing) {
            allowed = voteIsOver || d.committed == Judgement.sizeOf(d.round);
            expected = voteIsOver ? revealBy : block.timestamp + REVEAL_WINDOW;
        } else if (d.phase == ICourt.Phase.Judged && before.phase == ICourt.Phase.Drawing) {
            allowed = _isUndrawable(before);
            expected = 0;
        } else if (d.phase == ICourt.Phase.Judged && before.phase != ICourt.Phase.Judged) {
            allowed = before.phase == ICourt.Phase.Revealing || voteIsOver;
            allowed = allowed && (block.timestamp > revealBy || _isAllOpened(i, d.round));
            expected = d.round == 2 || _given[i] == 0 ? 0 : block.timestamp + APPEAL_WINDOW;
        }
        if (!allowed) broken = "a phase changed out of turn";
        if (d.deadline != expected) broken = "a deadline was moved";
    }

    function _isUndrawable(ICourt.Dispute memory d) private view returns (bool) {
        bool isExhausted = d.cursor == MAX_PROBES || d.members - d.first == 2 * Judgement.sizeOf(d.round);
        return d.seeded ? isExhausted || block.timestamp > d.deadline : d.rearms == 3;
    }

    function _isAllOpened(uint256 i, uint256 round) private view returns (bool) {
        for (uint256 m = 0; m < _ballots[i].length; ++m) {
            Judgement.Ballot memory b = _ballots[i][m];
            if (b.round == round && b.standing == ICourt.Standing.Committed) return false;
        }
        return _given[i] != 0;
    }

    function _noteJudged(uint256 i, ICourt.Dispute memory before, ICourt.Dispute memory d) private {
        if (before.phase == ICourt.Phase.Drawing) {
            if (d.providerWrong != before.providerWrong) broken = "a dropped round changed the verdict";
            _noteDropped(i, d.round);
            return;
        }
        ++_roundsJudged[i];
        bool expected = Judgement.isProviderWrong(_ballots[i], d.round, _given[i]);
        if (d.providerWrong != expected) broken = "a verdict that the votes do not give";
    }

    function _noteDropped(uint256 i, uint256 round) private {
        ++dropped;
        for (uint256 m = 0; m < _ballots[i].length; ++m) {
            if (_ballots[i][m].round != round) continue;
            _ballots[i][m].standing = ICourt.Standing.Excused;
            _seats[_ballots[i][m].seat].risk -= 3 * _deals[i].seatFee;
        }
        if (round == 0) return;
        Lodged memory last = _lodged[i][_lodged[i].length - 1];
        _lodged[i].pop();
        _giveBack(last);
    }

    // ---- where the money of a dispute goes

    function _noteFinished(uint256 i) internal {
        bool providerWrong = _seen[i].providerWrong;
        Payout memory p = _payout(i, providerWrong);
        bool anybody = p.opened != 0;
        _closeSeats(i, p);
        for (uint256 k = 0; k < _lodged[i].length; ++k) {
            Lodged memory lodged = _lodged[i][k];
            if (lodged.forCreator == providerWrong || !anybody) _giveBack(lodged);
            else (p.pot, depositsInBooks) = (p.pot + lodged.amount, depositsInBooks - lodged.amount);
        }
        IDealEscrow.Deal memory deal = _deals[i];
        uint256 charge = _submitted[i].charge;
        freeInBooks[deal.creator] += providerWrong ? deal.price : deal.price - charge;
        if (!providerWrong) freeInBooks[deal.provider] += charge + deal.collateral;
        else if (!anybody) freeInBooks[deal.creator] += deal.collateral;
        else p.pot += deal.collateral;
        if (anybody) _share(i, p);
        else freeInBooks[NOBODY] += p.pot;
        ++endings[_roundsJudged[i]][providerWrong];
        _close(i);
        _remove(_disputed, i);
        delete _seen[i];
        delete _lodged[i];
    }

    function _payout(uint256 i, bool providerWrong) private view returns (Payout memory p) {
        Judgement.Ballot[] memory ballots = _ballots[i];
        bytes32 agreed = ballots.latestMajority(_seen[i].round + 1, _given[i]);
        p.digest = providerWrong ? agreed : _given[i];
        p.decided = p.digest != 0 && p.digest == agreed;
        for (uint256 m = 0; m < ballots.length; ++m) {
            if (ballots[m].isFor(p.digest, _given[i])) ++p.right;
            if (ballots[m].isOpened()) ++p.opened;
        }
    }

    function _closeSeats(uint256 i, Payout memory p) private {
        uint256 fee = _deals[i].seatFee;
        for (uint256 m = 0; m < _ballots[i].length; ++m) {
            Judgement.Ballot memory b = _ballots[i][m];
            if (b.standing == ICourt.Standing.Excused) continue;
            if (b.standing == ICourt.Standing.Declined) {
                (p.pot, declinedInBooks) = (p.pot + fee, declinedInBooks - fee);
                continue;
            }
            _seats[b.seat].risk -= 3 * fee;
            if (b.isOpened() && (!p.decided || b.isFor(p.digest, _given[i]))) continue;
            _seats[b.seat].stake -= 3 * fee;
            (p.pot, stakesInBooks) = (p.pot + 3 * fee, stakesInBooks - 3 * fee);
        }
    }

    function _giveBack(Lodged memory lodged) private {
        freeInBooks[lodged.payer] += lodged.amount;
        depositsInBooks -= lodged.amount;
    }

    function _share(uint256 i, Payout memory p) private {
        uint256 count = p.right != 0 ? p.right : p.opened;
        uint256 rest = p.pot % count;
        for (uint256 m = 0; m < _ballots[i].length; ++m) {
            Judgement.Ballot memory b = _ballots[i][m];
            if (!(p.right != 0 ? b.isFor(p.digest, _given[i]) : b.isOpened())) continue;
            freeInBooks[_seats[b.seat].owner] += p.pot / count + rest;
            rest = 0;
        }
        // the promise to seats: with an honest last word, a right vote earns at least its fee
        bytes32 last = Judgement.majority(_ballots[i], _roundsJudged[i] - 1, _given[i]);
        if (p.right != 0 && last == p.digest && p.pot / count < _deals[i].seatFee) broken = "a right seat got no fee";
    }
}
