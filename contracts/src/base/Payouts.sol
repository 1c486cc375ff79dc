// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../interfaces/IDealEscrow.sol";
import {Verdict} from "../libraries/Verdict.sol";
import {Seats} from "./Seats.sol";

/// @title Where the money of a dispute goes. The whole fee table.
/// @notice All that the losing side put in (its deposits, and its collateral if it is the provider) and all that seats lose is one
/// pot, shared alike by the seats that were right. The winning side has all of its deposits back. Nobody who is a party to the
/// deal gains by a seat's loss, so nobody has a reason to make one.
/// @dev With collateral ≥ 3 seat fees and a loss of 3 for a wrong or absent seat, a share is at least one fee on every path whose last
/// round is decided by an honest majority. With no seat right (nobody voted for the verdict's digest) the pot goes to those that
/// opened a vote at all: they did the work, and nobody says that they are wrong. With no vote opened nobody worked: the parties'
/// money goes as if there were no court, and what absent seats lose goes to nobody.
abstract contract Payouts is Seats {
    struct Deposit {
        address payer;
        bool forCreator;
    }

    /// @dev A free balance that nobody can withdraw.
    address internal constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    mapping(bytes32 deal => mapping(uint256 round => Deposit)) internal _appeals;

    /// @dev What a dispute came to; its records are deleted by then.
    struct Outcome {
        uint256 round; // the last, judged or dropped
        bool providerWrong;
        bytes26 given; // the provider's digest, 0 if it was never revealed
        Member[] members; // of all rounds
    }

    function _payOut(IDealEscrow.Deal calldata deal, IDealEscrow.Result calldata result, Outcome memory o) internal {
        bytes32 id = result.deal;
        (bytes26 digest, bool decided) = Verdict.finalDigest(o.members, o.round, o.given, o.providerWrong);
        (bool[] memory paid, uint256 count) = Verdict.beneficiaries(o.members, digest, o.given);
        uint256 pot = _closeSeats(id, deal.seatFee, o, digest, decided);
        pot += _returnDeposits(id, deal, o, count == 0);
        escrow.resolve(deal, result, !o.providerWrong, count != 0);
        if (o.providerWrong && count != 0) pot += deal.collateral;
        if (count == 0) {
            if (pot != 0) escrow.pay(NOBODY, pot);
        } else {
            _share(id, o.members, paid, pot, count);
        }
        emit Finished(id, o.providerWrong, pot, count);
    }

    /// @dev Releases what every seat had at risk and takes what the wrong and the absent lose.
    /// @return pot that, and the fees of those that declined, which were taken then
    function _closeSeats(bytes32 id, uint256 fee, Outcome memory o, bytes26 digest, bool decided)
        private
        returns (uint256 pot)
    {
        for (uint256 i = 0; i < o.members.length; ++i) {
            Member memory m = o.members[i];
            if (m.standing == Standing.Declined) pot += fee;
            if (m.standing == Standing.Declined || m.standing == Standing.Excused) continue;
            Seat storage seat = _seats[m.seat];
            bytes26 vote = Verdict.voteOf(m, o.given);
            if (vote == 0 || (decided && vote != digest)) {
                uint256 loss = RISK_FEES * fee;
                pot += loss;
                (seat.stake, seat.risk) = (seat.stake - uint96(loss), seat.risk - uint96(loss));
                emit SeatSlashed(id, m.seat, seat.owner, loss);
            } else {
                seat.risk -= uint96(RISK_FEES * fee);
            }
        }
    }

    /// @param all whether the loser's go back too
    /// @return kept the sum of those that stay
    function _returnDeposits(bytes32 id, IDealEscrow.Deal calldata deal, Outcome memory o, bool all)
        private
        returns (uint256 kept)
    {
        kept = _return(deal.creator, Verdict.sizeOf(0) * deal.seatFee, all || o.providerWrong);
        for (uint256 round = 1; round <= o.round; ++round) {
            Deposit memory deposit = _appeals[id][round];
            if (deposit.payer == address(0)) continue; // went back when its round was dropped
            bool won = deposit.forCreator == o.providerWrong;
            kept += _return(deposit.payer, Verdict.sizeOf(round) * deal.seatFee, all || won);
            delete _appeals[id][round];
        }
    }

    function _return(address payer, uint256 amount, bool back) private returns (uint256 kept) {
        if (!back) return amount;
        escrow.pay(payer, amount);
    }

    function _share(bytes32 id, Member[] memory members, bool[] memory paid, uint256 pot, uint256 count) private {
        uint256 share = pot / count;
        // what does not divide goes to the first
        uint256 rest = pot - share * count;
        for (uint256 i = 0; i < members.length; ++i) {
            if (!paid[i]) continue;
            address owner = _seats[members[i].seat].owner;
            escrow.pay(owner, share + rest);
            emit SeatPaid(id, members[i].seat, owner, share + rest);
            rest = 0;
        }
    }
}
